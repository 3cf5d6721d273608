// Whether a folder's times tell that something was added, renamed or removed in it: not every file system keeps them.

import { statfsSync } from 'node:fs'

/** By the numbers of statfs(2). What is served by another machine or another program keeps times as it likes. */
const LOCAL: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x2fc12fc1, // zfs
  0xf2f52010, // f2fs
  0xca451a4e, // bcachefs
  0x01021994, // tmpfs
  0x858458f6, // ramfs
  0x794c7630, // overlay
])

export class FolderTimes {
  /** By device. */
  readonly #tell = new Map<bigint, boolean>()

  tell(path: string, dev: bigint): boolean {
    let tells = this.#tell.get(dev)
    if (tells === undefined) this.#tell.set(dev, (tells = isLocal(path)))
    return tells
  }
}

function isLocal(path: string): boolean {
  if (process.platform !== 'linux') return false
  try {
    return LOCAL.has(statfsSync(path).type)
  } catch {
    return false
  }
}
