// What a file's next look is compared with.

import type { FileStat } from './disk.ts'

export interface LastStat extends Pick<FileStat, 'size' | 'mtime' | 'ctime'> {
  /** By an earlier process, as the state tells. */
  readonly remembered?: true
}
