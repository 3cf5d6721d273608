import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { settingsHelp } from '../../src/config/help.ts'
import { defaultsOf } from '../../src/config/read-section.ts'
import type { SettingTable } from '../../src/config/setting.ts'
import { isDefault, notYet } from '../../src/config/settings/not-yet.ts'
import { sections } from '../../src/config/settings.ts'

const tables: ReadonlyArray<readonly [string, SettingTable]> = Object.entries(sections)
const all = tables.flatMap(([, table]) => Object.entries(table))

describe('every setting', () => {
  for (const [key, { type, default: usual, help, zh }] of all) {
    it(`${key} has a default that its own rule accepts`, () => assert.ok('value' in type.parse(usual), usual))
    it(`${key} has one line of help in English and one in Chinese`, () => {
      assert.match(help, /^[\x20-\x7e]+\.$/)
      assert.match(zh, /^.*\p{Script=Han}.*。$/u)
    })
  }
  it('stands in the help', () => {
    const lines = settingsHelp().split('\n')
    for (const [key] of all)
      assert.ok(
        lines.some((line) => line.startsWith(`  ${key} =`)),
        key,
      )
  })
})

describe('a setting of a later version', () => {
  for (const [section, table] of Object.entries(notYet)) {
    for (const [key, later] of Object.entries(table)) {
      it(`${key} of ${section} is accepted at its default and is none of this version`, () => {
        assert.ok(isDefault(later, later.default))
        assert.ok(!isDefault(later, 'something else'))
        assert.ok(tables.every(([name, known]) => name !== section || !Object.hasOwn(known, key)))
      })
    }
  }
})

it('defaults are made anew each time, so that freezing one config leaves the next alone', () => {
  assert.notEqual(defaultsOf(sections.kafka_conf).brokers, defaultsOf(sections.kafka_conf).brokers)
})
