// The composition root: Config -> parts -> rounds until told to leave. Nothing else builds the tree.

import { Bookkeeping } from './bookkeeping.ts'
import { type Config, type InputConfig, inputNamed, largestBatch, type MessageConfig } from './config/config.ts'
import type { Broker } from './deliver/broker.ts'
import { Burials } from './deliver/burials.ts'
import { Destinations } from './deliver/destinations.ts'
import { Health } from './deliver/health.ts'
import { Lanes } from './deliver/lanes.ts'
import type { Packer } from './deliver/packer.ts'
import { Probes } from './deliver/probes.ts'
import { Routes } from './deliver/routes.ts'
import { Settlement } from './deliver/settlement.ts'
import type { Transactions } from './deliver/transactions.ts'
import { Catalogue } from './files/catalogue.ts'
import { type Disk, type OpenFile } from './files/disk.ts'
import { BirthTimes } from './files/evidence.ts'
import { Gzips } from './files/gzips.ts'
import { Handles } from './files/handles.ts'
import { Identifier } from './files/identify.ts'
import { Looks } from './files/looks.ts'
import { openRecent } from './files/recent.ts'
import type { TrackedFile } from './files/tracked-file.ts'
import { noteTrouble } from './files/trouble.ts'
import type { Emit } from './observe/events.ts'
import { countLosses, type Losses } from './observe/losses.ts'
import { Round } from './round.ts'
import type { Mover } from './spool/mover.ts'
import { Births } from './state/births.ts'
import { Checkpoint } from './state/checkpoint.ts'
import { DeadLetters } from './state/dead-letters.ts'
import { fromBirth } from './state/file-record.ts'
import type { StateFolder } from './state/folder.ts'
import type { Recovery } from './state/journal.ts'
import { Ledger } from './state/ledger.ts'
import { type SessionRecord, Sessions } from './state/session.ts'
import type { Clock } from './support/clock.ts'
import { readable } from './support/errors.ts'
import { SlabPool } from './support/slabs.ts'
import { type Bell, createBell } from './support/wake.ts'

/** What the agent needs of the world. Its behaviour is a function of these (law 10). */
export interface World {
  readonly config: Config
  readonly clock: Clock
  readonly disk: Disk
  readonly mover: Mover
  /** In [0, 1). */
  readonly random: () => number
  /** A file id; default: 128 random bits. */
  readonly randomId?: () => string
  readonly broker: Broker
  /** With `delivery = exactly_once` the broker once more, and whether its checkpoint topic was empty. */
  readonly transactions?: { readonly of: Transactions; readonly isFirst: boolean }
  /** Default: batches are sent as they were laid out. */
  readonly packer?: Packer | null
  /** Locked by the caller. */
  readonly folder: StateFolder
  readonly emit: Emit
  /** What was abandoned since the process was started; default: since now. */
  readonly losses?: Losses
  /** Of the agent that went before in this process: handles that nothing else leads to, by file id. */
  readonly inherited?: Map<string, OpenFile>
}

export interface Parts {
  readonly world: World
  readonly catalogue: Catalogue
  readonly round: Round
  readonly books: Bookkeeping
  readonly sessions: Sessions
  readonly lanes: Lanes
  readonly health: Health
  readonly losses: Losses
  readonly bell: Bell
  /** Nothing is left to be written to Kafka but messages. */
  readonly isWritten: () => boolean
  /** Asks for a round now; ring the bell too. */
  readonly nudge: { asked: boolean }
  /** See `Handles.handOver`; before `close`. */
  readonly handOver: () => Map<string, OpenFile>
  readonly close: () => Promise<void>
}

/** Loads the state and builds the tree. Rejects with STATE_VERSION for a state that a newer version wrote. */
export async function assemble(given: World): Promise<Parts> {
  const losses = given.losses ?? { bytes: 0 }
  const world: World = { ...given, emit: countLosses(losses, given.emit) }
  const { config, clock, disk, mover, random, broker, packer = null, folder, emit } = world
  const catalogue = new Catalogue()
  const bell = createBell(clock)
  const health = new Health(emit, () => clock.monotonic())
  const state = await loadState(world, catalogue)
  const { births, checkpoint, sessions, looks } = state
  const pool = new SlabPool(config.memoryLimit, packer?.shares)
  const handles = new Handles(disk, config.maxOpenFiles)
  await inherit(world.inherited ?? new Map(), catalogue, handles, clock.monotonic())
  const ring = (): void => bell.ring()
  const tally = packer === null ? null : sessions
  const probes = new Probes()
  const burials = new Burials()
  const formatOf = (file: TrackedFile): MessageConfig['format'] =>
    inputNamed(config.inputs, file.birth.input).message.format
  const facts = { host: config.host, formatOf }
  const answered = { emit, pool, health, tally, probes, burials, facts, ring }
  const settlement: Settlement = new Settlement({ ...answered, routes: () => routes })
  const routes = new Routes({ broker, clock, random, health, largestBatch: largestBatch(config), changed: ring })
  const lanes = new Lanes({ broker, clock, random, packer }, settlement)
  const current = (): Config => config
  const ledger = keepLedger(world, state, catalogue, ring)
  const deadLetters = new DeadLetters(folder, config.deadLetterLimit)
  const kept = { config: current, clock, emit, catalogue, folder, broker, ledger, burials, deadLetters }
  const books = new Bookkeeping({ ...kept, ...state })
  const startedInput = (name: string): InputConfig | undefined =>
    births.knowsInput(name) ? config.inputs.find((input) => input.name === name) : undefined
  const birthTimes = new BirthTimes()
  const gzips = new Gzips(disk)
  const seen = { disk, catalogue, gzips, birthTimes, looks }
  const identifier = new Identifier({ ...seen, handles, emit, startedInput })
  const destinations = new Destinations({ clock, lanes, pool, routes, sessions, packs: tally !== null })
  const shared = { config: current, clock, emit, handles, destinations, lanes, routes, pool, sessions, probes, burials }
  const named = world.randomId === undefined ? {} : { randomId: world.randomId }
  const round = new Round({ ...shared, ...named, ...seen, mover, identifier, births, books, bell })
  const close = async (): Promise<void> => {
    lanes.close()
    await gzips.stop()
    await handles.closeAll()
    await births.close()
    await checkpoint.close()
  }
  const handOver = (): Map<string, OpenFile> => handles.handOver()
  const nudge = { asked: false }
  const isWritten = (): boolean => world.transactions?.of.isIdle !== false
  return { world, catalogue, round, books, sessions, lanes, health, losses, bell, isWritten, nudge, handOver, close }
}

/** From here on what is made durable in the folder is noted for the checkpoint topic too. */
function keepLedger(
  { transactions }: World,
  { births, sessions, looks }: State,
  catalogue: Catalogue,
  ring: () => void,
): Ledger | null {
  if (transactions === undefined) return null
  const session = (): SessionRecord => sessions.record
  const ledger = new Ledger({ catalogue, births, session, looked: () => looks.durable, ring })
  births.added = (id) => ledger.note(id)
  // What was shipped before without transactions is taken over.
  if (transactions.isFirst) for (const { id } of catalogue.all()) ledger.note(id)
  transactions.of.keepBooks(ledger)
  return ledger
}

/** A new configuration may look for other files, or have another state: what it does not know is let go. Nobody else inherits then. */
async function inherit(
  from: Map<string, OpenFile>,
  catalogue: Catalogue,
  handles: Handles,
  monotonic: number,
): Promise<void> {
  for (const [id, handle] of from) {
    from.delete(id)
    const file = catalogue.get(id)
    await (file === undefined ? handle.close() : handles.adopt(file, handle))
    // It was held since it changed within `close_inactive`, and is for as long again.
    if (file !== undefined) file.changedAt = monotonic
  }
}

interface State {
  readonly births: Births
  readonly checkpoint: Checkpoint
  readonly sessions: Sessions
  readonly looks: Looks
}

async function loadState({ config, clock, folder, emit }: World, catalogue: Catalogue): Promise<State> {
  const { births, recovery } = await Births.open(folder)
  let sessions: Sessions | null = null
  let looks: Looks | null = null
  const live = {
    files: () => catalogue.all(),
    session: () => (sessions as Sessions).record,
    looked: () => looks?.durable ?? null,
  }
  const opened = await Checkpoint.open(folder, live, (id) => births.get(id))
  report('births', recovery, emit)
  report('checkpoint', opened.recovery, emit)
  looks = new Looks(opened.loaded.looked, births.earliest)
  sessions = new Sessions(config.session, opened.loaded.session, clock.now())
  const { files } = opened.loaded
  const add = (file: TrackedFile): void => {
    enter(catalogue, file)
    // A process of its own: it meets the trouble itself and tells of it, or the record loses it.
    noteTrouble(file, null)
  }
  // Births that were damaged, or forgotten half way, live on in the checkpoint, which is complete in itself. They come first:
  // where one of them has lost its inode to a file whose birth is there, that one is the later.
  const saved = [...files.values()].filter(({ id }) => births.get(id) === undefined)
  for (const file of saved) add(file)
  for (const birth of births.all) add(files.get(birth.id) ?? fromBirth(birth, sessions.current.id))
  giveUpLost(catalogue, sessions.current.id, emit)
  const held = ({ birth }: TrackedFile): number => inputNamed(config.inputs, birth.input).closeInactive
  openRecent(catalogue.all(), { now: clock.now(), held, most: config.maxOpenFiles })
  // Lost state means beginning: `start_at = end` is not applied a second time.
  const noBirths = recovery.source === 'new' && files.size > 0
  const lost = noBirths || [recovery, opened.recovery].some(({ lostCommits }) => lostCommits === 'possible')
  const started = lost ? config.inputs.map(({ name }) => name).filter((name) => !births.knowsInput(name)) : []
  // On a full disk this waits for the next start; the files ship on all the same.
  const again = saved.map(({ birth }) => birth)
  await births.add(again, started).catch((error: unknown) => {
    emit({ name: 'state_failed', reason: readable(error), hint: null })
  })
  return { births, checkpoint: opened.checkpoint, sessions, looks }
}

/** What was on its way when the agent was killed cannot be sent again where its file is no more. */
function giveUpLost(catalogue: Catalogue, session: string, emit: Emit): void {
  for (const file of catalogue.all()) {
    if (file.lag === 0 || (file.life !== 'ended' && file.life !== 'gone')) continue
    const { offset } = file.settled
    const abandoned = file.abandonRest(session)
    emit({ name: 'chunk_abandoned', file, offset, abandoned })
  }
}

/** An inode has one file: a crash may have come between the birth of the later one and the record that the earlier one lost it. */
function enter(catalogue: Catalogue, later: TrackedFile): void {
  const hasInode = later.life !== 'ended' && later.life !== 'displaced'
  const earlier = hasInode ? catalogue.at(later.identity) : undefined
  const isApart = earlier !== undefined && areApart(earlier, later)
  if (earlier !== undefined && !isApart) catalogue.displace(earlier, 'replaced')
  catalogue.add(later)
  // It is found by the inode's number alone, once its volume is there.
  if (isApart && (later.life === 'missing' || later.life === 'gone')) catalogue.move(earlier, earlier.identity)
}

/** Two devices exchanged their numbers at a reboot, and that of one file is not mounted yet, or the file is gone from it. */
const areApart = (earlier: TrackedFile, later: TrackedFile): boolean =>
  (earlier.life === 'missing' || later.life === 'missing' || later.life === 'gone') &&
  earlier.identity.birth !== 0n &&
  later.identity.birth !== 0n &&
  earlier.identity.birth !== later.identity.birth

function report(file: string, recovery: Recovery, emit: Emit): void {
  for (const damage of recovery.damaged) emit({ name: 'state_damaged', damage })
  if (recovery.lostCommits === 'possible') emit({ name: 'state_older', file })
}
