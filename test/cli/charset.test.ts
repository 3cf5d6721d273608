// Files in other charsets through a real broker: what a consumer sees is UTF-8, and what comes back is the file.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import iconv from 'iconv-lite'
import { readTopic } from '../../tools/oracle/read-topic.ts'
import { withTopic } from '../kafka/broker.ts'
import { isRestored, shipped } from './shipped.ts'

/** As a Java application on a Chinese Windows writes it. */
const GBK = Array.from({ length: 3000 }, (_, at) =>
  [
    `2026-11-20 10:00:00,${String(at % 1000).padStart(3, '0')} 错误 [主线程] 订单服务 - 订单 ${at} 支付失败：余额不足`,
    '\t在 com.example.订单.支付(订单.java:42)，详情见“C:\\日志\\支付.log”',
    '',
  ].join('\r\n'),
).join('')

for (const format of ['json', 'raw', 'line']) {
  test(`${format}: GBK, UTF-16 and Shift_JIS arrive as they are meant, are proven, and are restored byte for byte`, async (t) => {
    const home = shipped(t, await withTopic(t, { configs: { 'max.message.bytes': '60000' } }))
    const input = (charset: string): string =>
      `[input:${charset}]\ninputpath = ${home.agent.folder}/logs/*.${charset}\ncharset = ${charset}\n`
    home.configure(`[message_conf]\nformat = ${format}\n${['gbk', 'utf-16', 'shift_jis'].map(input).join('')}`)
    home.write('order.gbk', iconv.encode(GBK, 'gbk'))
    home.write('order.utf-16', iconv.encode(`\ufeff${GBK}😀\n`, 'utf-16be'))
    // A pair that Windows writes otherwise, which text would not bring back.
    home.write('bad.shift_jis', Buffer.concat([iconv.encode('表示\n', 'shift_jis'), Buffer.from([0x87, 0x90, 0x0a])]))
    await home.ship()
    const texts = new Map<string, string>()
    for await (const { key, value, headers } of readTopic(home.brokers, home.topic)) {
      const name = String(key).replace(/^.*\//, '')
      const charset = String(headers['charset'])
      const text =
        format === 'json'
          ? (JSON.parse(value.toString()) as { content: string }).content
          : format === 'raw'
            ? iconv.decode(value, charset, { stripBOM: false })
            : `${value.toString()}\r\n`
      texts.set(name, (texts.get(name) ?? '') + text)
    }
    assert.equal(texts.get('order.gbk'), GBK)
    assert.equal(texts.get('order.utf-16')?.replace('😀\r\n', '😀\n'), `\ufeff${GBK}😀\n`)
    const proof = await home.run('verify')
    assert.equal(proof.code, 0, proof.out + proof.err)
    const { code, out, err } = await home.run('restore', '--to', 'out')
    assert.equal(code, 0, out + err)
    for (const name of ['order.gbk', 'order.utf-16', 'bad.shift_jis']) assert.ok(isRestored(home, name), name)
  })
}
