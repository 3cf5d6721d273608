// Bugs that the simulator once found in the sources, each as its mend undone: planted again, they must be found again.

import type { Planted } from './planted.ts'

export const REGRESSIONS: readonly Planted[] = [
  {
    name: 'a file that was missing stays so when it comes back unchanged',
    edits: [['src/files/identify.ts', "if (file.life === 'missing' || file.life === 'gone') return false\n", '']],
  },
  {
    name: 'an inode has two files when a crash came between their births',
    edits: [['src/agent.ts', '    supersede(catalogue, file, sessions.current.id, emit)\n', '']],
  },
  {
    name: 'a file behind a link is sought beside the link when a crash came before its first checkpoint',
    edits: [['src/state/file-record.ts', 'path: birth.place ?? birth.path', 'path: birth.path']],
  },
  {
    name: 'a state file that a killed process had not synced is relied upon',
    edits: [
      [
        'test/sim/state-folder.ts',
        '        if (file !== undefined) file.synced = file.length\n        await this.#syncFolder(point)\n',
        '',
      ],
    ],
  },
  {
    name: 'a file whose forgetting failed half way begins anew under its old id',
    edits: [
      [
        'src/bookkeeping.ts',
        '      await births.forget(ids)\n      await checkpoint.commit([], null, ids)\n',
        '      await checkpoint.commit([], null, ids)\n      await births.forget(ids)\n',
      ],
    ],
  },
  {
    name: 'behind bytes that were given up goes on what has the same inode number',
    edits: [
      [
        'src/files/identify.ts',
        "    if (file.life === 'gone' && file.totals.abandoned > file.cutOff) return 'replaced'\n",
        '',
      ],
    ],
  },
  {
    name: 'a rename between two looks is taken for one to the name of a link',
    edits: [
      ['src/files/identify.ts', ' && statOf(disk, place, file) !== null) {', ') {'],
      ['src/files/identify.ts', 'const place = disk.resolve(path) ?? path\n', 'const place = path\n'],
    ],
  },
  {
    name: 'what grew in a folder that cannot be listed is left alone',
    edits: [['src/files/lost.ts', ' && !isBlind) return', ') return']],
  },
]
