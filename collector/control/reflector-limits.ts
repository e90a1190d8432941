/** Bounds of a reflector; tests give smaller ones. */
export const REFLECTOR_LIMITS = {
  /** Connections open at a time, all ports together. */
  connections: 4096,
  /** Nothing received or sent for so long ends a connection. */
  idleMs: 15_000,
  /** No connection lives longer, however busy. */
  lifetimeMs: 60_000,
  headerBytes: 8 * 1024,
  requestsPerConnection: 16,
  /** Reads of a ClientHello that are waited for. */
  clientHelloReads: 64,
  rateWindowMs: 60_000,
  /** Connections of one subscriber in a window; beyond it every request is answered 429. Many sit behind one address. */
  ratePolite: 1200,
  /** Beyond it connections are closed at once. */
  rateHard: 6000,
  /** Bytes that one subscriber may download in a window: some eighty pairs. */
  bytesPerSubscriber: 32 * 1024 * 1024,
  /** Bytes for everybody together in a window; more would be an attack on the operator's bill. */
  bytesTotal: 1024 * 1024 * 1024,
} as const;
export type ReflectorLimits = { readonly [K in keyof typeof REFLECTOR_LIMITS]: number };
