/** `npm run bench [-- --quick]`: Pannier beside the limit, Kafka's own producer and its peers, and what it costs as things grow. */

import { type Options, optionsOf, type Part, type Sizes, USAGE } from './options.ts'
import { codecs } from './parts/codecs.ts'
import { knownFiles } from './parts/files.ts'
import { idle } from './parts/idle.ts'
import { latency } from './parts/latency.ts'
import { scale } from './parts/scale.ts'
import { start } from './parts/start.ts'
import { type Say, throughput } from './parts/throughput.ts'
import { openPlace, type Place } from './place.ts'
import { writePage } from './report/page.ts'
import { sections } from './report/sections.ts'
import { kept, type Results } from './results.ts'
import { complaints } from './verdict.ts'

const begun = performance.now()
const say: Say = (text) => console.error(`${((performance.now() - begun) / 1000).toFixed(0).padStart(5)} s  ${text}`)

const measure: { readonly [One in Part]: (place: Place, sizes: Sizes) => Promise<Results> } = {
  throughput: async (place, sizes) => ({ throughput: await throughput(place, sizes, say) }),
  codecs: async (place, sizes) => ({ codecs: await codecs(place, sizes, say) }),
  scale: async (place, sizes) => ({ scale: await scale(place, sizes, say) }),
  idle: async (place, sizes) => ({ idle: await idle(place, sizes) }),
  files: async (place, sizes) => ({ files: await knownFiles(place, sizes, say) }),
  start: async (place, sizes) => ({ start: await start(place, sizes) }),
  latency: async (place, sizes) => ({ latency: await latency(place, sizes, say) }),
}

async function measureAll(options: Options, command: string): Promise<Results> {
  const place = await openPlace()
  try {
    const day = new Date().toISOString().slice(0, 10)
    let results: Results = {}
    for (const part of options.parts) {
      say(`${part} …`)
      const by = { ...results.by, [part]: `${day} by \`${command}\`` }
      results = { ...results, ...(await measure[part](place, options.sizes)), by }
      // After each part: the next may fail, and this one took its time.
      if (options.writes) writePage(kept(results))
    }
    return results
  } finally {
    await place.close()
  }
}

async function main(args: readonly string[]): Promise<number> {
  let options: Options
  try {
    options = optionsOf(args)
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`)
    return 2
  }
  const fresh = await measureAll(options, ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '))
  for (const { title, text } of sections(fresh)) console.log(`\n${title}\n\n${text}`)
  const wrong = complaints(fresh)
  for (const complaint of wrong) console.error(`not good: ${complaint}`)
  say('done')
  return wrong.length === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
