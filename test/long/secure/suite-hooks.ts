/** Ends what a whole file started, the last first, as `t.after` does for one test. */

import { after, type TestContext } from 'node:test'

export function suiteHooks(): Pick<TestContext, 'after'> {
  const ends: (() => unknown)[] = []
  after(async () => {
    for (const end of ends.toReversed()) await end()
  })
  return { after: (end) => void ends.push(end as () => unknown) }
}
