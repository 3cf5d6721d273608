// What became of a known file, as far as the last look could tell.

/**
 * living: a path of an input leads to it · rotated: it was renamed away · deleted: no name is left, a handle is ·
 * missing: not found, but its folder could not be asked · gone: not found in a folder that could be listed
 * displaced: its inode holds other bytes now, and the next look seeks what continues it · ended: nothing did; only its books remain
 */
export type Life = 'living' | 'rotated' | 'deleted' | 'missing' | 'gone' | 'displaced' | 'ended'
