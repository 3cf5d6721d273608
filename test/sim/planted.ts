// Bugs that are planted into a copy of the sources, each by a small replacement, to prove that the simulator finds their kind.

export interface Planted {
  readonly name: string
  readonly edits: readonly (readonly [file: string, from: string, to: string])[]
}

export const PLANTED: readonly Planted[] = [
  {
    name: 'a folder is not listed again after its rights or its volume changed',
    edits: [
      ['src/files/discoverer.ts', 'discovery.blind.size === 0 && ', ''],
      [
        'src/files/traces.ts',
        'now.mtime === was.mtime && now.ctime === was.ctime && now.ino === was.ino && now.dev === was.dev',
        'now.mtime === was.mtime',
      ],
    ],
  },
  {
    name: 'bytes are committed when they are sent',
    edits: [['src/cutting.ts', 'file.take(chunk)\n', "file.take(chunk)\n    file.settle(chunk, 'shipped', 0)\n"]],
  },
  {
    name: 'the mark is not compared',
    edits: [
      [
        'src/files/read.ts',
        'came < known || !beginsWith(slab.bytes.subarray(0, known), position.mark)',
        'came < known',
      ],
      ['src/files/evidence.ts', 'return (await holdsMark(handle, file.cursor)) && ', 'return '],
    ],
  },
  {
    name: 'the head is not compared',
    edits: [
      ['src/files/read.ts', '  if (!beginsWith(front, head)) return false\n', ''],
      ['src/files/evidence.ts', ' && (await lookAt(handle, 0, head.length, isHead))', ''],
    ],
  },
  {
    name: 'no fsync of a state file',
    edits: [['test/sim/state-folder.ts', '      file.synced = file.length\n    })', '    })']],
  },
  {
    name: 'no fsync of the state folder',
    edits: [
      [
        'test/sim/state-folder.ts',
        '      for (const change of this.#unsynced) apply(this.#durable, change)\n      this.#unsynced = []\n    })\n  }\n}',
        '    })\n  }\n}',
      ],
    ],
  },
  {
    name: 'an ack behind a hole moves the offset',
    edits: [
      [
        'src/files/tracked-file.ts',
        '    span.first = first\n    this.#advance()',
        '    span.first = first\n    while (this.#spans[0] !== undefined && this.#spans[0] !== span) this.#spans.shift()\n' +
          '    this.settled = span.before\n    this.#advance()',
      ],
    ],
  },
  {
    name: 'a send of unknown outcome is cut anew',
    edits: [['src/deliver/lane.ts', 'if (!unknown && this.#canReread(batch)', 'if (this.#canReread(batch)']],
  },
  {
    name: 'what lingers waits for ever',
    edits: [['src/restraint.ts', '(this.#since.get(file) ?? 0) + linger', 'Number.POSITIVE_INFINITY']],
  },
  {
    name: 'an input that has used up its rate is never read again',
    edits: [['src/restraint.ts', 'found.bytes + (rate * (monotonic - found.at)) / 1000', 'found.bytes']],
  },
  {
    name: 'a batch is compressed anew for each try',
    edits: [
      [
        'src/deliver/lane.ts',
        'const outcome = await this.#parts.broker.send(batch, ',
        'if (unknown && batch.codec !== 0) await this.#parts.packer?.pack(batch)\n      const outcome = await this.#parts.broker.send(batch, ',
      ],
    ],
  },
  {
    name: 'a batch is sent while it is compressed',
    edits: [
      [
        'src/deliver/lane.ts',
        'if (this.#parts.packer !== null',
        'if (this.#parts.packer !== null && batch.records === 1) void this.#parts.packer.pack(batch)\n    else if (this.#parts.packer !== null',
      ],
    ],
  },
  {
    name: 'a file is given up while its folder cannot be asked',
    edits: [
      [
        'src/files/lost.ts',
        'fault ?? peekFault(disk, file.path) ?? remounted',
        'peekDevice(disk, folder) === null ? fault : null',
      ],
    ],
  },
  {
    name: 'two files are born with one id',
    edits: [
      ['src/enrol.ts', 'this.#parts.randomId?.()', "Buffer.from(path).toString('hex').padEnd(32, '0').slice(0, 32)"],
    ],
  },
  {
    name: 'births are written behind the first message',
    edits: [
      [
        'src/enrol.ts',
        'const written = await books.tryWrite(() =>\n',
        'const written = true\n    void books.tryWrite(() =>\n',
      ],
    ],
  },
  {
    name: 'a short head that grew is another head',
    edits: [
      [
        'src/files/evidence.ts',
        'await lookAt(handle, 0, head.length, isHead)',
        'await lookAt(handle, 0, HEAD_MAX, (bytes) => digestOf(bytes).hash === head.hash)',
      ],
    ],
  },
  {
    name: 'what a line was cut into is forgotten at a start',
    edits: [
      [
        'src/state/file-record.ts',
        'const carry = record.carry == null ? null : readCarry(record.carry)',
        'const carry = null',
      ],
    ],
  },
  {
    name: 'bytes are abandoned without a word',
    edits: [
      [
        'src/files/displaced.ts',
        "    else emit({ name: 'file_ended', file, how, offset, abandoned, remark })\n",
        "    else if (abandoned === 0) emit({ name: 'file_ended', file, how, offset, abandoned, remark })\n",
      ],
    ],
  },
  {
    name: 'a truncation is not seen',
    edits: [
      [
        'src/files/inspect.ts',
        "if (now.size < (file.identity.head.length === 0 ? file.size : file.readEnd)) return 'truncated'",
        'if (now.size < file.readEnd) return null',
      ],
    ],
  },
  {
    name: 'a renamed file is not drained',
    edits: [['src/work.ts', " || file.life === 'rotated'", '']],
  },
  {
    name: 'a deleted file is not drained',
    edits: [['src/work.ts', " || file.life === 'deleted'", '']],
  },
  {
    name: 'a file is known by its path, so that a link is another file',
    edits: [
      [
        'src/files/inspect.ts',
        'const known = this.#parts.catalogue.at(stat)\n',
        'const at = this.#parts.catalogue.at(stat)\n    const known = at?.birth.path === lead.path ? at : undefined\n',
      ],
      ['src/files/inspect.ts', 'if (look.isTaken(stat, known)) return null', ''],
    ],
  },
  {
    name: 'memory is given back before the ack',
    edits: [
      [
        'src/deliver/settlement.ts',
        '  canReread(batch: Batch): boolean {\n',
        '  canReread(batch: Batch): boolean {\n    this.#parts.pool.release(batch.slab)\n',
      ],
    ],
  },
  {
    name: 'memory_limit is not kept',
    edits: [['src/support/slabs.ts', 'while (this.#allocated + size > this.limit) if', 'while (size > this.limit) if']],
  },
  {
    name: 'a refused chunk is not read again',
    edits: [
      ['src/deliver/settlement.ts', 'else file.unread(chunk)\n', 'else if (!file.rereadable) file.unread(chunk)\n'],
    ],
  },
  {
    name: 'an unfinished line is shipped twice',
    edits: [
      [
        'src/cutting.ts',
        'file.take(chunk)\n',
        'file.take(chunk)\n    if (piece.partial) file.cursor = window.position\n',
      ],
    ],
  },
  {
    name: 'a manifest is written before all acks are in',
    edits: [
      ['src/bookkeeping.ts', 'sessions.closing.filter((closed) => this.#isBooked(closed))', 'sessions.closing.slice()'],
    ],
  },
  {
    name: 'each part of a line is the first',
    edits: [['src/lines/chunk.ts', 'parts: piece.part }', 'parts: 1 }']],
  },
  {
    name: 'a dead letter is settled before it is durable',
    edits: [
      [
        'src/bookkeeping.ts',
        '    const written = await this.tryWrite(async () => {\n      buried = await deadLetters.bury(letters, clock.now())\n    })\n',
        '    buried = letters.length\n    const written = true\n    void this.tryWrite(async () => void (await deadLetters.bury(letters, clock.now())))\n',
      ],
    ],
  },
  {
    name: 'dead letters that do not fit count as buried',
    edits: [['src/bookkeeping.ts', 'waiting.slice(0, buried)) {', 'waiting) {']],
  },
  {
    name: 'letters that nobody took out are lost when the file is written anew',
    edits: [['src/state/pack-letters.ts', ' && taken.isAfter(place.address, line)', '']],
  },
  {
    name: 'a start does not know that the rest of a line is left out',
    edits: [
      ['src/state/file-record.ts', 'rest === undefined ? { line, parts } :', 'rest !== null ? { line, parts } :'],
    ],
  },
  {
    name: 'what exclude_lines drops is shipped',
    edits: [['src/lines/select.ts', '!(exclude?.isIn(text) ?? false)', 'true']],
  },
  {
    name: 'behind a hole in UTF-16 half a character is filtered too',
    edits: [['src/files/hole.ts', '  if (ended) hole.scanned -= hole.scanned % hole.unit\n', '']],
  },
  {
    name: 'a checkpoint that failed counts as written',
    edits: [['src/state/checkpoint.ts', 'for (const file of moved) file.dirty = true\n', '']],
  },
  {
    name: 'two batches are in flight to one partition',
    edits: [['src/deliver/lane.ts', 'if (this.#sending !== null || this.#resting', 'if (this.#resting']],
  },
  {
    name: 'a copy is adopted although its mark differs',
    edits: [['src/files/displaced.ts', '      if (!(await isContinuation(file, handle))) return false\n', '']],
  },
  {
    name: 'siblings that were there before the first start are taken',
    edits: [['src/files/siblings.ts', 'this.#age(place, stat) >= from || ', 'from >= 0n || ']],
  },
  {
    name: 'a hole of NULs is shipped',
    edits: [
      [
        'src/files/birth.ts',
        '...(facts.hole > 0 && start.offset === 0 ?',
        '...(facts.hole < 0 && start.offset === 0 ?',
      ],
    ],
  },
  {
    name: 'a file on a device of another number is a new one',
    edits: [['src/files/remount.ts', 'return (await remounted(parts, now, handle)) ?? known', 'return known']],
  },
  {
    name: 'the file of a spool goes before the checkpoint that says so is durable',
    edits: [
      ['src/spool/completion.ts', 'file.inFlight || file.dirty || ', 'file.inFlight || '],
      ['src/round.ts', 'if (!books.failing) await this.#completion', 'await this.#completion'],
    ],
  },
  {
    name: 'a completed file is renamed over another',
    edits: [
      [
        'src/spool/naming.ts',
        'if ((await mover.link(from, name))',
        'await mover.rename(from, name)\n        return { name, hasBoth: false }\n        if ((await mover.link(from, name))',
      ],
    ],
  },
  {
    name: 'a transaction holds the checkpoint of before its messages',
    edits: [
      ['src/state/ledger.ts', 'JSON.stringify({ file: toRecord(then) })', 'JSON.stringify({ file: toRecord(file) })'],
    ],
  },
  {
    name: 'a commit whose outcome nobody knows is taken for an abort without asking',
    edits: [
      [
        'src/deliver/transactions.ts',
        "if (seal.number === this.#number + 1) return 'committed'",
        "if (seal.number === this.#number + 1) return 'aborted'",
      ],
    ],
  },
  {
    name: 'a commit is asked for before the checkpoint is written',
    edits: [
      [
        'src/deliver/transactions.ts',
        'await port.write([...page.records, this.#seal(this.#number + 1)])\n      await port.commit()',
        'await port.commit()\n      await port.write([...page.records, this.#seal(this.#number + 1)])',
      ],
    ],
  },
  {
    name: 'what the state folder holds is believed where Kafka was told something else',
    edits: [
      [
        'src/exactly-once.ts',
        '      await adoptLedger(folder, records)\n',
        '      if ((await folder.list()).length === 0) await adoptLedger(folder, records)\n',
      ],
    ],
  },
  {
    name: 'a batch behind a gap is sent within a transaction',
    edits: [
      ['src/deliver/one-transaction.ts', 'if (isBatch && !this.#isNext(what))', 'if (isBatch && what.records === 0)'],
      ['src/deliver/one-transaction.ts', 'return whole ? null', 'return whole || this.produced.length > 0 ? null'],
    ],
  },
]
