// Bugs that the simulator once found in the sources, each as its mend undone: planted again, they must be found again.

import type { Planted } from './planted.ts'

export const REGRESSIONS: readonly Planted[] = [
  {
    name: 'a file behind a link is sought beside the link when a crash came before its first checkpoint',
    edits: [
      [
        'src/state/file-record.ts',
        "path: placeOf(birth),\n    life: 'living'",
        "path: birth.path,\n    life: 'living'",
      ],
    ],
  },
  {
    name: 'a state file that a killed process had not synced is relied upon',
    edits: [
      [
        'test/sim/state-folder.ts',
        '        if (found !== undefined) found.synced = found.length\n        return found\n      })\n      await this.#syncFolder(act)\n',
        '        return found\n      })\n',
      ],
    ],
  },
]
