// An inode that is another file's from now on, as file systems give them out again.

import fs from 'node:fs'

const TRIES = 200

/**
 * Removes the file and makes files beside it until one has its inode, which then takes the name `heir`; the others go.
 * False when the file system gives the inode to none of them.
 */
export function takeInode(path: string, content: string, heir = path): boolean {
  const { ino } = fs.statSync(path)
  fs.rmSync(path)
  const made: string[] = []
  let found: string | null = null
  for (let i = 0; i < TRIES && found === null; i++) {
    const candidate = `${path}.try-${i}`
    made.push(candidate)
    fs.writeFileSync(candidate, content)
    if (fs.statSync(candidate).ino === ino) found = candidate
  }
  if (found !== null) fs.renameSync(found, heir)
  for (const other of made) fs.rmSync(other, { force: true })
  return found !== null
}
