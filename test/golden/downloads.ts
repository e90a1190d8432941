/** Documents with downloads made in turn, for the rules about throughput. */
import { draft, type Draft } from './build.ts';
import {
  AT_MIRROR,
  CONTROL_GETS_ALL,
  FRONT_PAGE,
  HOST,
  HTTPS_URL,
  IP,
  MIRROR,
  MIRROR_ANSWER,
  MIRROR_CHAIN,
  MIRROR_NOTE,
  names,
  SITE_CHAIN,
} from './scenes.ts';

const BYTES = 64 * 1024;
const bytes = (n: number) => ({ ...MIRROR_ANSWER, body: 'x'.repeat(n) });

export interface Pace {
  /** Seconds of the handshake and of the rest. */
  readonly handshake?: number;
  readonly seconds: number;
  /** It stopped after so many bytes. */
  readonly stopsAfter?: number;
}
export const FAST: Pace = { seconds: 0.2 };

/** The page arrives; then six downloads at the reflector in turn. */
export function atReflector(innocuous: Pace, suspect: Pace): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ chain: SITE_CHAIN });
  d.http(HTTPS_URL, FRONT_PAGE);
  const step = (sni: string, pace: Pace) => () => {
    d.tcp(MIRROR_NOTE.addresses[0]!, 443);
    if (pace.handshake !== undefined) d.takes(pace.handshake);
    d.tls({ sni, chain: MIRROR_CHAIN });
    d.takes(pace.seconds);
    const stopped = pace.stopsAfter === undefined ? {} : { failure: 'generic_timeout_error' };
    d.http(`https://${MIRROR}/bytes`, { ...bytes(pace.stopsAfter ?? BYTES), ...stopped });
  };
  const both = [step(MIRROR, innocuous), step(HOST, suspect)];
  d.pair(AT_MIRROR('throughput.sni_at_reflector'), ...both, ...both, ...both);
  d.control(CONTROL_GETS_ALL);
  return d;
}

/** Downloads at the reflector and the page in turn; `elsewhere` is what the page took the control. */
export function atAddress(innocuous: Pace, page: Pace, elsewhere: number): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls({ chain: SITE_CHAIN });
  d.http(HTTPS_URL, { failure: 'generic_timeout_error' });
  const size = FRONT_PAGE.body?.length ?? 0;
  const mirror = () => {
    d.tcp(MIRROR_NOTE.addresses[0]!, 443);
    d.tls({ sni: MIRROR, chain: MIRROR_CHAIN });
    d.takes(innocuous.seconds);
    d.http(`https://${MIRROR}/bytes`, bytes(size));
  };
  const site = () => {
    d.tcp(IP, 443);
    d.tls({ chain: SITE_CHAIN });
    d.takes(page.seconds);
    d.http(HTTPS_URL, FRONT_PAGE);
  };
  d.pair(
    { kind: 'throughput.site_at_address', suspect: HOST, innocuous: MIRROR, beside: MIRROR_NOTE },
    ...[mirror, site, mirror, site, mirror, site],
  );
  d.control({ ...CONTROL_GETS_ALL, seconds: elsewhere });
  return d;
}

/** Seconds of a connect and of the download after it. */
export interface OnLine extends Pace {
  readonly connect: number;
}

/** The page comes; then downloads of its size at the reflector and the page itself, each as its pace says. */
export function pageOverLine(
  bytes: number,
  line: readonly [OnLine, OnLine, OnLine],
  site: readonly [OnLine, OnLine, OnLine],
  elsewhere: number,
): Draft {
  const d = draft(HTTPS_URL);
  const whole = { ...FRONT_PAGE, body: 'x'.repeat(bytes) };
  names(d);
  const fetch = (ip: string, pace: OnLine, url: string, says: typeof whole, tls: () => void) => {
    d.takes(pace.connect);
    d.tcp(ip, 443);
    tls();
    d.takes(pace.seconds);
    const stopped =
      pace.stopsAfter === undefined
        ? {}
        : { failure: 'generic_timeout_error', body: says.body.slice(0, pace.stopsAfter) };
    d.http(url, { ...says, ...stopped });
  };
  const page = (pace: OnLine) => () =>
    fetch(IP, pace, HTTPS_URL, whole, () => void d.tls({ chain: SITE_CHAIN }));
  const mirror = (pace: OnLine) => () =>
    fetch(MIRROR_NOTE.addresses[0]!, pace, `https://${MIRROR}/bytes`, { ...whole, ...MIRROR_ANSWER }, () => {
      d.tls({ sni: MIRROR, chain: MIRROR_CHAIN });
    });
  const { stopsAfter: _, ...first } = site[0];
  page(first)();
  d.pair(
    { kind: 'throughput.site_at_address', suspect: HOST, innocuous: MIRROR, beside: MIRROR_NOTE },
    ...line.flatMap((pace, i) => [mirror(pace), page(site[i]!)]),
  );
  d.control({ ...CONTROL_GETS_ALL, http: whole, seconds: elsewhere });
  return d;
}
export const thrice = (pace: OnLine): readonly [OnLine, OnLine, OnLine] => [pace, pace, pace];

/** Observations of the six steps, of which the first has this transaction. */
export const sixSteps = (first: number, kinds: readonly string[] = ['tls', 'http']): readonly string[] =>
  Array.from({ length: 6 }, (_, i) => kinds.map((kind) => `${kind}-${first + i}`)).flat();
