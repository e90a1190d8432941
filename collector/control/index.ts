/** The door of this room. */
export { createControl } from './control.ts';
export type { Control, ControlAnswer, ControlOptions } from './control.ts';
export { createOutgoing } from './outgoing.ts';
export type { Endpoint, LookupAnswer, OutgoingOptions } from './outgoing.ts';
export { createRateLimit, plainAddress, subscriberKey } from './rate-limit.ts';
export { readNetworkDatabase } from './network-database.ts';
export type { NetworkDatabase } from './network-database.ts';
export { createReflector } from './reflector.ts';
export type { Reflector, ReflectorEndpoint, ReflectorListen, ReflectorOptions } from './reflector.ts';
export { readIdentity } from './reflector-identity.ts';
export { createNetworkWord } from './reflector-network.ts';
export type { KnownNetwork } from './reflector-network.ts';
export { readControlRequest, requestFor } from './request.ts';
export { makeSelfIssued } from './self-issued.ts';
export { createWhoami } from './whoami.ts';
export type { Whoami } from './whoami.ts';
export { ControlError } from './work-pool.ts';
