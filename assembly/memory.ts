// Where things lie in the module's memory: src/support/assembly.ts copies bytes in and out there.

/** Tables of the checksum: 20 kB. */
export const TABLES: usize = 0x400
/** What is the same in all records of a file. */
export const SAME: usize = 0x5400
export const SAME_MAX: u32 = 0x2b00
/** Vectors are read up to 15 bytes beyond its end. */
export const INPUT: usize = 0x8000
export const INPUT_MAX: u32 = 0x8000
/** Room for the whole input where each of its bytes becomes six; vectors are written up to 15 bytes beyond. */
export const OUTPUT: usize = 0x10100
export const OUTPUT_MAX: u32 = 6 * INPUT_MAX
