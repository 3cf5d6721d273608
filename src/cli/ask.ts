// A question to the person at the terminal: anything but a yes is a no.

import { createInterface } from 'node:readline'

/** False as well at the end of the input, and on Ctrl-C. */
export function askOnTerminal(question: string): Promise<boolean> {
  return new Promise((resolve) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr })
    lines.once('close', () => resolve(false))
    lines.question(question, (answer) => {
      resolve(/^y(es)?$/i.test(answer.trim()))
      lines.close()
    })
  })
}
