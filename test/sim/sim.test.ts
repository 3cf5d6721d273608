import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foundSeeds } from './plant.ts'
import { simulate } from './simulate.ts'

test('the same seed gives the same run, to the byte', async () => {
  for (const seed of [1, 77, 4_711, 2 ** 40 + 5]) {
    const [once, again] = [await simulate(seed), await simulate(seed)]
    assert.deepEqual(once, again)
    assert.ok(once.calls > 50, `seed ${seed} is a run of ${once.calls} calls`)
  }
})

test('different seeds give different runs', async () => {
  assert.notEqual((await simulate(1)).hash, (await simulate(2)).hash)
})

for (const [bug, seed] of foundSeeds()) {
  test(`seed ${seed} passes, which would find that ${bug}`, async () => {
    assert.deepEqual((await simulate(seed)).failure, null)
  })
}

test('the first 300 seeds pass', async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const { failure } = await simulate(seed)
    assert.deepEqual(failure, null, `seed ${seed}: ${failure?.law}: ${failure?.text}`)
  }
})

/** 4299: a file that was forgotten before its topic's partitions were known was born again once they were. */
for (const seed of [4_299]) {
  test(`seed ${seed}, which failed once, passes`, async () => {
    assert.deepEqual((await simulate(seed)).failure, null)
  })
}
