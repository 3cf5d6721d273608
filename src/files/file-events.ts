// What can happen to a file, told by the stages that look at files.

import type { TrackedFile } from './tracked-file.ts'

/** Where abandoned bytes may be that cannot be read, and why not. */
export type Remark = string | null

export type FileEvent =
  | { readonly name: 'file_unreadable'; readonly path: string; readonly reason: string }
  | { readonly name: 'file_settling'; readonly path: string; readonly quiet: number }
  | { readonly name: 'folder_blind'; readonly path: string; readonly reason: string }
  | { readonly name: 'file_renamed'; readonly file: TrackedFile; readonly to: string }
  | { readonly name: 'file_copied'; readonly file: TrackedFile; readonly to: string }
  | { readonly name: 'file_held'; readonly path: string; readonly original: TrackedFile }
  | { readonly name: 'file_continued'; readonly file: TrackedFile; readonly to: string }
  | { readonly name: 'gzip_held'; readonly path: string; readonly original: TrackedFile }
  | { readonly name: 'file_remounted'; readonly file: TrackedFile }
  | { readonly name: 'file_deleted'; readonly file: TrackedFile }
  | { readonly name: 'file_missing'; readonly file: TrackedFile; readonly reason: string }
  | {
      readonly name: 'file_gone'
      readonly file: TrackedFile
      /** What is abandoned lies between here and the size. */
      readonly offset: number
      readonly abandoned: number
      readonly remark: Remark
    }
  | { readonly name: 'file_shrunk'; readonly file: TrackedFile; readonly abandoned: number }
  | { readonly name: 'file_released'; readonly file: TrackedFile; readonly held: number }
  | { readonly name: 'file_hole'; readonly file: TrackedFile; readonly bytes: number }
  | {
      readonly name: 'file_ended'
      readonly file: TrackedFile
      readonly how: 'replaced' | 'truncated' | 'rewritten'
      readonly offset: number
      readonly abandoned: number
      readonly remark: Remark
    }
