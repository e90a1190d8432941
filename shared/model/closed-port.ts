/**
 * A port at which nobody serves anything: reserved, never to be assigned to a service (IANA's registry of port numbers). Where
 * a host refuses it, no connection to it exists for anybody, so no name was ever said there and none can be punished there.
 */
export const CLOSED_PORT = 49_151;
