/** What most golden documents begin with: a site, honest names for it, a control that gets its page, a reflector. */
import type { ReflectorNote } from '../../shared/model/index.ts';
import type { Draft, Handle, HttpSays, PairParts, TlsSays } from './build.ts';
import { chains } from './chains.ts';
import { page, type ControlSays } from './control.ts';
import { MIRROR } from './context.ts';

export const HOST = 'open-letters.example';
export const HTTPS_URL = `https://${HOST}/`;
export const HTTP_URL = `http://${HOST}/`;
export const IP = '11.0.0.10';
/** Another address that looks public. */
export const OTHER_IP = '11.0.0.99';
export const SECURE = `${IP}:443`;
const PLAIN = `${IP}:80`;

export const SITE_CHAIN = chains.trusted(HOST);
export const FRONT_PAGE = page('Letters from the district', 'a letter, an answer; '.repeat(40));
export const BARE_ERROR = page('', 'no', 502);

export { MIRROR };
const MIRROR_ADDRESS = '11.255.0.3';
export const MIRROR_NOTE: ReflectorNote = { name: MIRROR, addresses: [MIRROR_ADDRESS], spki_sha256: [] };
export const MIRROR_CHAIN = chains.trusted(MIRROR);
export const MIRROR_ANSWER = { status: 200, headers: [['X-Kuager-Reflector', MIRROR]] } as const;

/** System, wire and second opinion all say the same. */
export function names(d: Draft, addresses: readonly string[] = [IP]): readonly [Handle, Handle, Handle] {
  return [d.lookup(addresses), d.wire(addresses), d.doh(addresses)];
}

/** The control reaches everything, by the site's own certificate. */
export const CONTROL_GETS_ALL: ControlSays = {
  addresses: [IP],
  tcp: { [SECURE]: null, [PLAIN]: null },
  tls: { [SECURE]: { chain: SITE_CHAIN } },
  http: FRONT_PAGE,
};

/** For everybody, the name does not exist. */
export const CONTROL_KNOWS_NO_NAME: ControlSays = {
  dnsFailure: 'dns_nxdomain_error',
  http: { failure: 'dns_nxdomain_error' },
};

/** One step of a pair over TLS at the site or the reflector. */
export function tlsStep(d: Draft, where: 'site' | 'reflector', says: TlsSays): () => void {
  return () => {
    d.tcp(where === 'site' ? IP : MIRROR_ADDRESS, 443);
    d.tls(says);
  };
}

export function httpStep(d: Draft, name: string, says: HttpSays, path = '/'): () => void {
  return () => {
    d.tcp(MIRROR_ADDRESS, 80);
    d.http(`http://${name}${path}`, says);
  };
}

export const AT_MIRROR = (kind: PairParts['kind']): PairParts => ({
  kind,
  suspect: HOST,
  innocuous: MIRROR,
  reflector: MIRROR_NOTE,
});
export const AT_SITE = (kind: PairParts['kind']): PairParts => ({
  kind,
  suspect: HOST,
  innocuous: 'example.com',
});
