// Small buffers for a look at a few bytes, used again: as garbage they lie outside V8's heap, where it sees them late, and a look
// at 100,000 files leaves a hundred megabytes of them.

const SIZE = 1024

const free: Buffer[] = []

/** Lends `use` a buffer of `size` bytes whose content is undefined. It is not `use`'s any more once that resolves. */
export async function withScratch<T>(size: number, use: (bytes: Buffer) => Promise<T>): Promise<T> {
  if (size > SIZE) return use(Buffer.allocUnsafeSlow(size))
  const bytes = free.pop() ?? Buffer.allocUnsafeSlow(SIZE)
  try {
    return await use(bytes.subarray(0, size))
  } finally {
    free.push(bytes)
  }
}
