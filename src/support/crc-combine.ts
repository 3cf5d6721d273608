/**
 * The crc32 of two byte runs laid end to end, from the crc32 of each: so that a manifest's sum over gigabytes costs nothing again.
 * Arithmetic modulo zlib's polynomial in its reflected form, as in zlib's own crc32_combine
 * (https://github.com/madler/zlib/blob/develop/crc32.c).
 */
const POLYNOMIAL = 0xedb88320
/** The polynomial 1 in the reflected form, where the highest bit is the coefficient of x^0. */
const ONE = 0x80000000
const X = 0x40000000
/** log2 of the bits in a byte: the powers below are of x, lengths are in bytes. */
const BITS_OF_A_BYTE = 3

/** x^(2^n) for n = 0..31; then they repeat, since x^(2^32) = x modulo this polynomial. */
const SQUARES = squaresOfX()

export function crc32Combine(crcA: number, crcB: number, lengthB: number): number {
  if (!Number.isSafeInteger(lengthB) || lengthB < 0) throw new RangeError(`${lengthB} is not a length in bytes`)
  return (multiply(powerOfX(lengthB), crcA >>> 0) ^ crcB) >>> 0
}

/** x^(8 * bytes). Division instead of shifts, which would cut the length to 32 bits. */
function powerOfX(bytes: number): number {
  let power = ONE
  for (let rest = bytes, n = BITS_OF_A_BYTE; rest > 0; rest = Math.floor(rest / 2), n += 1) {
    if (rest % 2 === 1) power = multiply(SQUARES[n % 32] ?? ONE, power)
  }
  return power
}

function multiply(a: number, b: number): number {
  let product = 0
  let shifted = b
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL
  }
  return product >>> 0
}

function squaresOfX(): readonly number[] {
  const squares = [X]
  for (let last = X; squares.length < 32; squares.push(last)) last = multiply(last, last)
  return squares
}
