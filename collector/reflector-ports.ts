/** Where a reflector listens beside what it was told to: pairs move to another port when one is being punished. */
import type { Reflector, ReflectorEndpoint, ReflectorListen } from './control/index.ts';
import type { HostPort } from './listen.ts';
import { urlHost } from './listen.ts';

export const HTTPS_PORT = 443;
export const HTTP_PORT = 80;
/** Ports with the reflector's own certificate, plain HTTP's aside, that a reflector should have. */
const WANTED_PORTS = 3;
/** Beside a privileged port: neighbours of 443 are used by file sharing and are widely filtered. */
const BESIDE_PRIVILEGED = [8443, 9443, 10_443, 11_443] as const;
const FIRST_UNPRIVILEGED = 1024;
const MAX_PORT = 65_535;

/** Ports to try, in order, beside `given`; 0 means any free one. Pure. */
export function furtherPorts(given: readonly number[], count: number): readonly number[] {
  const taken = new Set(given);
  const base = given[0] ?? 0;
  if (base === 0) return new Array<number>(count).fill(0);
  const candidates =
    base < FIRST_UNPRIVILEGED
      ? BESIDE_PRIVILEGED
      : Array.from({ length: given.length + count }, (_, i) => base + 1 + i).filter((p) => p <= MAX_PORT);
  return candidates.filter((port) => !taken.has(port)).slice(0, count);
}

const told = (error: unknown): string => (error instanceof Error ? error.message : String(error));

interface PortSettings {
  readonly listen: readonly HostPort[];
  /** Undefined: the port after the others. */
  readonly selfSignedListen: HostPort | undefined;
  /** False: nothing but what was given. */
  readonly furtherPorts: boolean;
  readonly warn: (line: string) => void;
}

/** One port on every host, the same number on each; a number of 0 is chosen by the first. */
async function onAllHosts(
  reflector: Reflector,
  hosts: readonly string[],
  port: number,
  selfSigned: boolean,
): Promise<void> {
  let chosen = port;
  for (const host of hosts) {
    const where: ReflectorListen = { host, port: chosen, selfSigned };
    chosen = (await reflector.listen(where)).port;
  }
}

/** Binds what was not asked for by name; whatever can't be had is said in one line, and the reflector goes on. */
async function bindDefaults(reflector: Reflector, settings: PortSettings): Promise<void> {
  const { listen, warn } = settings;
  const hosts = [...new Set(listen.map(({ host }) => host))];
  const given = [...new Set(listen.map(({ port }) => port))].filter((port) => port !== HTTP_PORT);
  const more = Math.max(0, WANTED_PORTS - given.length);
  const selfSigned = settings.selfSignedListen === undefined ? 1 : 0;
  const ports = furtherPorts(given, more + selfSigned);
  for (const [i, port] of ports.entries()) {
    const shown = i >= more;
    try {
      await onAllHosts(reflector, hosts, port, shown);
    } catch (error) {
      const lost = shown
        ? 'it has no self-signed port, so it can’t show interceptors that spare untrusted certificates'
        : 'a pair has one port less to move to';
      warn(`the reflector goes on without a further port (${told(error)}): ${lost}`);
    }
  }
}

async function bindPlainHttp(reflector: Reflector, settings: PortSettings): Promise<void> {
  const { listen, warn } = settings;
  for (const { host, port } of listen) {
    if (port !== HTTPS_PORT || listen.some((l) => l.host === host && l.port === HTTP_PORT)) continue;
    try {
      await reflector.listen({ host, port: HTTP_PORT });
    } catch {
      warn(
        `the reflector can't use ${urlHost(host)} port ${HTTP_PORT}; it answers plain HTTP on port ${HTTPS_PORT} only`,
      );
    }
  }
}

/** Binds all that a reflector should have beside `listen`, which is bound already. Throws ReflectorError for a port given by name. */
export async function bindFurther(reflector: Reflector, settings: PortSettings): Promise<void> {
  await bindPlainHttp(reflector, settings);
  if (settings.selfSignedListen !== undefined)
    await reflector.listen({ ...settings.selfSignedListen, selfSigned: true });
  if (settings.furtherPorts) await bindDefaults(reflector, settings);
}

/** Ports that every host of `endpoints` has, in the order of binding: the descriptor's ports hold for all its addresses. */
export function commonPorts(endpoints: readonly ReflectorEndpoint[], selfSigned: boolean): readonly number[] {
  const shown = endpoints.filter((endpoint) => endpoint.selfSigned === selfSigned);
  const hosts = new Set(endpoints.map(({ host }) => host));
  const ports = [...new Set(shown.map(({ port }) => port))];
  return ports.filter((port) => shown.filter((endpoint) => endpoint.port === port).length >= hosts.size);
}
