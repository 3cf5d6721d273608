// An agent that was killed between a move and the next checkpoint left its state with the file's old path. Who writes to the file in
// spite of all is heard only if it is found where it is now.

import { join } from 'node:path'
import type { InputConfig } from '../config/config.ts'
import type { Catalogue } from '../files/catalogue.ts'
import type { Disk } from '../files/disk.ts'
import { leadsTo, statOf } from '../files/sight.ts'
import type { TrackedFile } from '../files/tracked-file.ts'

type Parts = { readonly catalogue: Catalogue; readonly disk: Disk }

/** Once, before the first look. A folder that cannot be listed holds nothing that is known. */
export async function regainMoved(parts: Parts, inputs: readonly InputConfig[]): Promise<void> {
  for (const { name, mode, moveTo } of inputs) {
    if (mode !== 'spool' || moveTo === null) continue
    const lost = [...parts.catalogue.all()].filter((file) => file.birth.input === name && isLost(parts, file))
    if (lost.length === 0) continue
    const names = await parts.disk.list(moveTo).catch(() => [])
    for (const path of names.map((one) => join(moveTo, one))) regain(parts, lost, path)
  }
}

function isLost({ disk }: Parts, file: TrackedFile): boolean {
  return (file.life === 'living' || file.life === 'rotated') && file.lag === 0 && !leadsTo(disk, file)
}

function regain({ disk }: Parts, lost: readonly TrackedFile[], path: string): void {
  const file = lost.find((one) => statOf(disk, path, one) !== null)
  if (file === undefined) return
  file.path = path
  file.life = 'rotated'
  file.dirty = true
}
