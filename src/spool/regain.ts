// An agent that was killed while it completed a file left its state with the file's old path. Who writes to the file in spite of
// all is heard only if it is found where it is now, and its last steps are done only if it is found under the name that only we know.

import { dirname, join } from 'node:path'
import type { InputConfig } from '../config/config.ts'
import type { Catalogue } from '../files/catalogue.ts'
import type { Disk } from '../files/disk.ts'
import { leadsTo, statOf } from '../files/sight.ts'
import type { TrackedFile } from '../files/tracked-file.ts'
import { asideOf } from './names.ts'

type Parts = { readonly catalogue: Catalogue; readonly disk: Disk }

/** Once, before the first look. A folder that cannot be listed holds nothing that is known. */
export async function regainMoved(parts: Parts, inputs: readonly InputConfig[]): Promise<void> {
  for (const { name, mode, moveTo } of inputs) {
    if (mode !== 'spool') continue
    for (const file of parts.catalogue.all()) if (file.birth.input === name && isOver(file)) parts.catalogue.end(file)
    const lost = [...parts.catalogue.all()].filter((file) => file.birth.input === name && isLost(parts, file))
    const moved = lost.filter((file) => !regain(parts, [file], asideOf(dirname(file.path), file.id)) && file.lag === 0)
    if (moveTo === null || moved.length === 0) continue
    const names = await parts.disk.list(moveTo).catch(() => [])
    for (const path of names.map((one) => join(moveTo, one))) regain(parts, moved, path)
  }
}

/** It was deleted, and nobody holds it: its inode is another file's, or will be. */
const isOver = ({ life, handle, lag }: TrackedFile): boolean => life === 'deleted' && handle === null && lag === 0

const isLost = ({ disk }: Parts, file: TrackedFile): boolean =>
  (file.life === 'living' || file.life === 'rotated') && !leadsTo(disk, file)

function regain({ disk }: Parts, lost: readonly TrackedFile[], path: string): boolean {
  const file = lost.find((one) => statOf(disk, path, one) !== null)
  if (file === undefined) return false
  file.path = path
  file.life = 'rotated'
  file.dirty = true
  return true
}
