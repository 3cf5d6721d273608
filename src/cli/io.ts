// What every command is given of the process, so that a test can run it without one.

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly host: string
  readonly pid: number
  /** Resolves once stdout has taken it. */
  readonly out: (data: string | Buffer) => Promise<void>
  readonly err: (text: string) => void
  /** stderr is a terminal: colours and progress bars are welcome. */
  readonly terminal: boolean
  /** The same of stdout. */
  readonly outTerminal: boolean
  /** The width of stdout's terminal; null where there is none. */
  readonly columns: number | null
  /** Asks the person at the terminal a question, and resolves with true for a yes; null where nobody is there. */
  readonly ask: ((question: string) => Promise<boolean>) | null
  /** Signals as they come; see src/main.ts. */
  readonly signals: Signals
}

export interface Signals {
  /** Aborted by the first SIGTERM or SIGINT, with the signal's name as its reason. */
  readonly stop: AbortSignal
  /** Calls back on SIGHUP and SIGUSR2. Returns how to end that. */
  listen(handlers: { reload: () => void; roundNow: () => void }): () => void
}

export const EXIT = { done: 0, failed: 1, usage: 2, held: 3 } as const

export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  readonly help: string
  /** Ends in good order at the first signal, by `Io.signals`; any other command just ends. */
  readonly graceful?: boolean
  /** Returns the exit code. Throws a PannierError for what stops it. */
  run(args: readonly string[], io: Io): Promise<number>
}
