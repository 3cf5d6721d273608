// The module of the checksum: without vectors, so that every processor can.

import { prepareCrc32c } from './crc32c'

export { crc32c } from './crc32c'
export { INPUT, INPUT_MAX } from './memory'

prepareCrc32c()
