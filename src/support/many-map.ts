// A map from a key to several things, where nearly every key has one: a set for each would be most of the memory of 100,000 files.

export class ManyMap<K, V extends object> {
  readonly #held = new Map<K, V | Set<V>>()

  get(key: K): Iterable<V> {
    const held = this.#held.get(key)
    if (held === undefined) return []
    return held instanceof Set ? held : [held]
  }

  get size(): number {
    return this.#held.size
  }

  add(key: K, value: V): void {
    const held = this.#held.get(key)
    if (held instanceof Set) held.add(value)
    else this.#held.set(key, held === undefined || held === value ? value : new Set([held, value]))
  }

  delete(key: K, value: V): void {
    const held = this.#held.get(key)
    if (held instanceof Set) held.delete(value)
    if (held === value || (held instanceof Set && held.size === 0)) this.#held.delete(key)
  }
}
