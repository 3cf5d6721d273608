// One seed: the real agent in a simulated world, crashed and started anew, until all faults are over and nothing is missing.

import { assemble, type Parts, type World } from '../../src/agent.ts'
import type { Config } from '../../src/config/config.ts'
import type { Exactly } from '../../src/exactly-once.ts'
import { type AgentEvent, describe } from '../../src/observe/events.ts'
import { ship } from '../../src/shipping.ts'
import type { StateFolder } from '../../src/state/folder.ts'
import { actOnce, calmDown, firstFiles, KINDS } from './actions.ts'
import { SimBroker } from './broker.ts'
import { matchesAny, SimDisk } from './disk.ts'
import { openExactly } from './exactly.ts'
import { SimFiles } from './files.ts'
import { decompressAtOnce } from './gunzip.ts'
import { type Failure, Kernel, type Life } from './kernel.ts'
import { SimMover } from './mover.ts'
import { Books } from './oracle/books.ts'
import { Ends } from './oracle/ends.ts'
import { Ledger } from './oracle/ledger.ts'
import { Manifests } from './oracle/manifests.ts'
import { type SlabWatch, watchSlabs } from './oracle/memory.ts'
import { simPacker } from './packer.ts'
import { Random } from './random.ts'
import type { Scene } from './scene.ts'
import {
  drawSettings,
  redrawConfig,
  type Settings,
  withCompression,
  withRestraint,
  withSpool,
  withTransactions,
} from './settings.ts'
import { SimState } from './state-folder.ts'
import { Writers } from './text.ts'
import { dropsOf, withText } from './text-settings.ts'
import { SimTransactions } from './transactions.ts'

export interface Outcome {
  readonly seed: number
  readonly failure: Failure | null
  /** What the world did, and calls of the agent. */
  readonly steps: number
  readonly calls: number
  /** Of all that happened. */
  readonly hash: number
  readonly lastActions: readonly string[]
  readonly shipped: number
  readonly lives: number
}

/** Virtual milliseconds that a calm world leaves the agent to ship all there is. */
const CALM = 120_000
/** Virtual milliseconds that leaving may take beyond its timeout. */
const LEAVE_SLACK = 60_000

decompressAtOnce()

/** The run that is under way: stray rejections are its. */
let current: Kernel | null = null
process.on('unhandledRejection', (error) => {
  if (current === null) throw error
  current.fail('no rejection', error instanceof Error ? (error.stack ?? error.message) : String(error))
})

export async function simulate(seed: number, print = false): Promise<Outcome> {
  const run = new Run(seed, print)
  current = run.kernel
  const slabs = watchSlabs(run.kernel)
  try {
    run.begin(slabs)
    // All that can run has run when the event loop turns: nothing in here waits for anything real.
    while (!run.over && run.kernel.failure === null) {
      await new Promise(setImmediate)
      if (!run.over && run.kernel.failure === null && !run.kernel.jump())
        run.kernel.fail('no stuck state', 'nothing will ever happen again')
    }
  } finally {
    slabs.stop()
    current = null
  }
  return run.outcome
}

class Run {
  readonly kernel: Kernel
  over = false
  readonly #seed: number
  readonly #settings: Settings
  readonly #scene: Scene
  readonly #ledger: Ledger
  readonly #books: Books
  readonly #manifests: Manifests
  readonly #ends: Ends
  /** With `delivery = exactly_once`. */
  readonly #exact: SimTransactions | null
  #config: Config
  #slabs: SlabWatch | null = null
  #life: Life = { number: 0, alive: false }
  #disk: SimDisk | null = null
  #parts: Parts | null = null
  #stop = new AbortController()
  /** Past that it leaves whatever is on its way. */
  #leaveBy = Number.POSITIVE_INFINITY
  #next: { wait: number; config: Config } | null = null
  /** Dead letters had no room in this life. */
  #isFull = false
  #phase: 'storm' | 'calm' | 'last' = 'storm'

  constructor(seed: number, print: boolean) {
    this.#seed = seed
    const drawn = drawSettings(new Random(seed ^ 0x5eed), new Random(seed ^ 0xdead), KINDS)
    const spooled = withSpool(drawn, new Random(seed ^ 0x5b001))
    const packed = withCompression(spooled, new Random(seed ^ 0xc0dec))
    const restrained = withRestraint(packed, new Random(seed ^ 0x11a17))
    const texts = withText(restrained, new Random(seed ^ 0x7e87))
    const settings = withTransactions(texts, seed)
    const kernel = new Kernel(seed, settings.begin, print)
    const files = new SimFiles(kernel, settings.birthTimes, settings.tick, settings.ends)
    const state = new SimState(kernel)
    const ledger = new Ledger(kernel, files)
    const broker = new SimBroker(kernel, ledger, settings.partitions, kernel.random.between(1_100, 4_096))
    const process = {
      crash: () => this.#die(() => state.crash()),
      kill: () => this.#die(() => {}),
      leave: (reload: boolean) => this.#leave(reload),
      nudge: () => this.#nudge(),
    }
    this.#scene = {
      kernel,
      files,
      state,
      broker,
      settings,
      process,
      writers: new Writers(kernel.random, settings.charset),
      jobs: new Set(),
    }
    this.#exact = settings.config.kafka.delivery === 'exactly_once' ? new SimTransactions(kernel, broker, ledger) : null
    this.#settings = settings
    this.#config = { ...settings.config, maxOpenFiles: settings.fewHandles ? 2 : 512 }
    this.kernel = kernel
    this.#ledger = ledger
    this.#books = new Books(kernel, ledger, state)
    this.#manifests = new Manifests(kernel, ledger)
    const patterns = this.#config.inputs.flatMap(({ inputpath }) =>
      inputpath.map((path) => (path === '/logs' ? '/logs/**' : path)),
    )
    this.#ends = new Ends(kernel, files, ledger, (path) => matchesAny(path, patterns))
    // Of a spool only what is named is shipped.
    const tails = this.#config.inputs.every(({ mode }) => mode === 'tail')
    this.#ends.isStrict = () => tails && !this.kernel.misled
    ledger.drops = dropsOf(settings)
    ledger.ordered = settings.config.kafka.partitioner === 'file'
    ledger.isBorn = (id) => ['births', 'births.previous'].some((name) => state.holds(name, id))
    const { records } = this.#exact ?? { records: null }
    if (records !== null) ledger.isBorn = (id) => records.has(id)
    this.#books.isExact = records !== null
    state.replaced = (name, bytes) => {
      if (name.startsWith('manifests/')) this.#manifests.written(bytes)
    }
  }

  get outcome(): Outcome {
    const { failure, steps, calls, hash, lastActions } = this.kernel
    let shipped = 0
    for (const log of this.#ledger.log.values()) shipped += log.length
    return { seed: this.#seed, failure, steps, calls, hash, lastActions, shipped, lives: this.#life.number }
  }

  begin(slabs: SlabWatch): void {
    this.#slabs = slabs
    const { restless, sluggish } = this.#settings
    Object.assign(this.kernel, { restless, sluggish, act: () => this.#act() })
    firstFiles(this.#scene)
    for (let i = 0; i < 4; i++) this.#act()
    // What was written just before the first look is taken for new.
    const pause = this.kernel.random.pick([0, 50])
    if (pause > 0) this.#ends.begin()
    this.kernel.clock.creep(pause)
    this.#start(this.#config)
    this.#tick()
  }

  #tick(): void {
    const { random, clock } = this.kernel
    clock.after(2 * random.next() * this.#settings.pace, () => {
      this.#act()
      if (this.#phase === 'storm') this.#tick()
    })
  }

  #act(): void {
    if (this.#phase !== 'storm') return
    actOnce(this.#scene)
    if (this.kernel.steps >= this.#settings.actions) this.#calm()
  }

  #calm(): void {
    this.kernel.note('calm')
    this.#phase = 'calm'
    calmDown(this.#scene)
    Object.assign(this.kernel, { restless: 0, sluggish: 0 })
    this.kernel.clock.after(CALM, () => {
      this.#tellFiles()
      this.kernel.fail(
        'nothing is lost',
        this.#ends.missing() ?? `not idle: ${this.#parts?.sessions.record.closing.length} sessions open`,
      )
    })
  }

  #start(config: Config): void {
    this.#config = config
    this.#next = null
    this.#stop = new AbortController()
    this.#leaveBy = Number.POSITIVE_INFINITY
    this.#slabs?.forget()
    this.#isFull = false
    const life = (this.#life = { number: this.#life.number + 1, alive: true })
    this.kernel.note(`start ${life.number}`)
    this.#live(life).catch((error: unknown) => {
      if (life.alive)
        this.kernel.fail('no rejection', error instanceof Error ? (error.stack ?? error.message) : String(error))
    })
  }

  async #live(life: Life): Promise<void> {
    const { kernel } = this
    const { files, broker, state } = this.#scene
    const disk = (this.#disk = new SimDisk(kernel, life, files, this.#settings.fewHandles))
    const { random } = kernel
    const mover = new SimMover(kernel, life, files)
    mover.vanishing = (inode) => this.#books.vanishing(inode, disk.knownSize(inode))
    const folder = state.connect(life)
    const hear = (event: AgentEvent): void => {
      if (life.alive) this.#hear(event)
    }
    const exactly = await this.#openExactly(life, folder, hear)
    if (this.#exact !== null && exactly === null) return this.#ended(life)
    const world: World = {
      ...(exactly === null ? {} : { transactions: exactly }),
      ...{
        config: this.#config,
        clock: kernel.clock.connect(life),
        disk,
        mover,
        broker: exactly?.of ?? broker.connect(life),
        packer: this.#config.kafka.compression !== 'none' ? simPacker(kernel, life) : null,
        folder,
      },
      ...{ random: () => random.next(), randomId: () => random.id(), emit: hear },
    }
    const parts = await assemble(world)
    this.#books.loaded(parts)
    this.#parts = parts
    this.#ledger.keepsSome = () => [...parts.catalogue.all()].some((file) => file.inFlight && !file.rereadable)
    disk.knownSize = ({ dev, ino }) => parts.catalogue.at({ dev, ino: BigInt(ino) })?.size ?? 0
    const { round } = parts
    const run = round.run.bind(round)
    round.run = async (options) => {
      const report = await run(options)
      if (life.alive) this.#afterRound(parts, report.done)
      return report
    }
    const left = await ship(parts, { stop: this.#stop.signal, once: false })
    if (!life.alive) return
    const inTime = kernel.clock.elapsed < this.#leaveBy
    // What could not be written is forgotten as by a death.
    if (parts.books.failing) kernel.died = true
    if (left.bytes === 0 && inTime && parts.lanes.idle && !parts.books.failing) this.#books.leftClean(parts)
    if (
      left.bytes > 0 &&
      !waitsForDevice(parts, files.dev) &&
      !this.#isFull &&
      this.#phase === 'last' &&
      this.#config.shutdown.timeout > 0
    ) {
      this.#tellFiles()
      kernel.fail('part 9', `${left.bytes} bytes are left behind in a calm world`)
    }
    await parts.close()
    await exactly?.of.close()
    this.#ended(life)
  }

  async #openExactly(life: Life, folder: StateFolder, hear: (event: AgentEvent) => void): Promise<Exactly | null> {
    const { signal: stop } = this.#stop
    const around = {
      config: this.#config,
      folder,
      hear,
      stop: this.#phase === 'last' ? new AbortController().signal : stop,
    }
    return this.#exact === null ? null : openExactly(this.kernel, life, { ...around, broker: this.#exact })
  }

  #hear(event: AgentEvent): void {
    const { text } = describe(event)
    const { name } = event
    this.kernel.note(`* ${name} ${text}`)
    if (name === 'file_born') {
      this.#ledger.born(event.file)
      this.#ends.born(event.file)
    }
    if (name === 'round_failed' || name === 'stray_rejection') this.kernel.fail('no rejection', text)
    if (name === 'state_damaged' || name === 'state_older') this.kernel.fail('law 7', `after an honest crash: ${text}`)
    this.#books.note(event)
    if (name !== 'dead_letters_full') return
    this.#isFull = true
    // What a person does about it, when all else is well.
    if (this.#phase === 'calm') this.kernel.clock.after(1, () => this.#scene.state.takeOut(true))
  }

  #afterRound(parts: Parts, done: boolean): void {
    const { files, state } = this.#scene
    const handles = this.#disk?.handles ?? []
    for (const handle of handles) handle.kept = true
    this.#books.afterRound(parts, handles)
    if (this.#ends.startedAt > files.newest && state.holds('checkpoint', '"looked":'))
      this.#ends.startedAt = files.newest
    if (this.#phase !== 'calm' || this.#stop.signal.aborted || !done) return
    const isSought = [...parts.catalogue.all()].some(
      ({ lag, life, blocked }) => lag > 0 && (life === 'displaced' || blocked),
    )
    if (isSought && !waitsForDevice(parts, files.dev)) return
    if (parts.sessions.record.closing.length > 0 || this.#ends.missing() !== null) return
    const lent = this.#slabs?.lent() ?? 0
    if (lent > 1) this.kernel.fail('law 5', `${lent} slabs are lent, and all is done`)
    this.#manifests.total(parts)
    this.#phase = 'last'
    this.#stop.abort('SIGTERM')
  }

  /** The process left by itself. */
  #ended(life: Life): void {
    this.kernel.note(`end ${life.number}`)
    life.alive = false
    this.#broken()
    if (this.#phase === 'last') return void this.#lastLook()
    const { wait, config } = this.#next ?? { wait: 0, config: this.#config }
    this.kernel.clock.after(wait, () => this.#start(config))
  }

  /** A last start finds all that was committed. */
  async #lastLook(): Promise<void> {
    this.#ends.checkOwners()
    const life = (this.#life = { number: this.#life.number + 1, alive: true })
    const { files, broker, state } = this.#scene
    const disk = new SimDisk(this.kernel, life, files, false)
    const world = { config: this.#config, clock: this.kernel.clock.connect(life), disk, broker: broker.connect(life) }
    const mover = new SimMover(this.kernel, life, files)
    const rest = {
      mover,
      folder: state.connect(life),
      random: () => 0.5,
      emit: (event: AgentEvent) => this.#hear(event),
    }
    try {
      this.#books.loaded(await assemble({ ...world, ...rest }))
      this.over = true
    } catch (error) {
      this.kernel.fail('no rejection', String(error))
    }
  }

  #broken(): void {
    this.#disk?.closeAll()
    this.#scene.broker.crash()
    this.#exact?.crash()
    for (const content of this.#scene.files.contents) content.owed = 0
    this.#parts = null
  }

  /** @param then what becomes of the state folder */
  #die(then: () => void): void {
    if (!this.#life.alive) return
    this.#life.alive = false
    this.kernel.died = true
    this.#broken()
    then()
    if (this.#exact !== null && this.kernel.random.chance(0.5)) this.#scene.state.wipe()
    this.kernel.clock.after(this.kernel.random.between(0, 2_000), () => this.#start(this.#config))
  }

  #leave(reload: boolean): void {
    if (!this.#life.alive || this.#stop.signal.aborted) return
    const { random, clock } = this.kernel
    const config = reload
      ? { ...redrawConfig(random, this.#config), maxOpenFiles: this.#config.maxOpenFiles }
      : this.#config
    this.#next = { wait: reload ? 0 : random.between(0, 2_000), config }
    const life = this.#life
    this.#leaveBy = clock.elapsed + this.#config.shutdown.timeout
    clock.after(this.#config.shutdown.timeout + LEAVE_SLACK, () => {
      if (life.alive) this.kernel.fail('part 9', 'leaving takes for ever')
    })
    this.#stop.abort(reload ? 'SIGHUP' : 'SIGTERM')
  }

  #tellFiles(): void {
    for (const {
      id,
      path,
      life,
      settled,
      cursor,
      size,
      inFlight,
      blocked,
      stalledAt,
      lastStat,
    } of this.#parts?.catalogue.all() ?? [])
      this.kernel.note(
        `# ${id.slice(0, 4)} ${path} ${life} settled ${settled.offset} read ${cursor.offset} size ${size}` +
          ` stat ${lastStat?.size} stalled at ${stalledAt}${inFlight ? ' in flight' : ''}${blocked ? ' blocked' : ''}`,
      )
  }

  #nudge(): void {
    if (this.#parts === null) return
    this.#parts.nudge.asked = true
    this.#parts.bell.ring()
  }
}

/** A known limit: what lost its inode before its device got another number is waited for. */
function waitsForDevice({ catalogue }: Parts, dev: bigint): boolean {
  for (const { identity, lag } of catalogue.all()) if (lag > 0 && identity.dev !== dev) return true
  return false
}
