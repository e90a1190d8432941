/** Which handshakes ended in a chain that somebody put in the place of another: what the rules of interception have in common. */
import { equalBytes } from '../codec/bytes.ts';
import { registrableName } from '../codec/registrable.ts';
import type { ForgeryPoint, TlsObservation } from '../model/index.ts';
import { forgeryPoints, readCertificate, signedBy } from '../observe/chain/index.ts';
import type { Case, Hop, Pair } from './case.ts';
import { againHandshakes, strangeAgain } from './chain-again.ts';
import { matchKnownAuthority } from './known-authority.ts';
import { atControl, isGenuineReflector } from './predicates.ts';

/** No path to a root: a trusted chain for another name is a misdirection or a misconfigured edge, not interception. */
export const untrusted = (o: TlsObservation): boolean => o.appraisal?.unknownAuthority === true;

/** All handshakes for the hop's name at its own address: the target's own and their repetitions. */
export function handshakesFor(c: Case, hop: Hop): readonly TlsObservation[] {
  return [...hop.tls, ...againHandshakes(c, hop)];
}

/** Those of them that ended in a chain nobody should trust; of the repetitions only what no careless machine shows. */
export function untrustedHandshakes(c: Case, hop: Hop): readonly TlsObservation[] {
  return [...hop.tls.filter(untrusted), ...strangeAgain(c, hop)];
}

/** How many of the hop's handshakes that ended in a chain ended in this authority's; undefined: none was repeated. */
export function repeatsOf(
  c: Case,
  hop: Hop,
  forged: TlsObservation,
): { readonly n: number; readonly m: number } | undefined {
  if (againHandshakes(c, hop).length === 0) return undefined;
  const shown = handshakesFor(c, hop).filter((o) => o.chain.length > 0);
  return { n: shown.filter((o) => sameAuthority(o, forged)).length, m: shown.length };
}

const sameLeaf = (a: TlsObservation, b: TlsObservation): boolean =>
  a.appraisal?.leafSha256 != null && a.appraisal.leafSha256 === b.appraisal?.leafSha256;

/** The origin's own choice, shown to everyone. */
export function sameAtControl(c: Case, o: TlsObservation): boolean {
  const control = atControl(c.control?.tls, o);
  return control !== undefined && sameLeaf(o, control);
}

/** The control, too, got a chain that nobody trusts, of the same authority: a site that makes a new leaf each time. */
export function sameMakerAtControl(c: Case, o: TlsObservation): boolean {
  const control = atControl(c.control?.tls, o);
  return control !== undefined && untrusted(control) && sameAuthority(o, control);
}

const plain = (name: string | null): string => (name ?? '').toLowerCase();
/** Where a helper doesn't say which name it asked for, it was the target's. */
const sameName = (a: TlsObservation, b: TlsObservation): boolean =>
  plain(a.serverName) === '' || plain(b.serverName) === '' || plain(a.serverName) === plain(b.serverName);

/**
 * The site's own certificate after all, which only lacks its intermediate here: its key is that of the control's leaf, or
 * the authority that signed the control's signed it too. Load balancers show one of several certificates.
 */
function ofTheSameOrigin(o: TlsObservation, control: TlsObservation): boolean {
  const before = originsBefore.get(o);
  if (before?.control === control) return before.same;
  const same = findSameOrigin(o, control);
  originsBefore.set(o, { control, same });
  return same;
}
interface Compared {
  readonly control: TlsObservation;
  readonly same: boolean;
}
/** Several rules ask, and signatures are dear. */
const originsBefore = new WeakMap<TlsObservation, Compared>();

function findSameOrigin(o: TlsObservation, control: TlsObservation): boolean {
  const key = o.appraisal?.leafSpkiSha256;
  if (key != null && key === control.appraisal?.leafSpkiSha256) return true;
  const [der] = o.chain;
  const leaf = der === undefined ? undefined : readCertificate(der);
  if (leaf === undefined || 'error' in leaf) return false;
  return control.chain.slice(1).some((above) => {
    const issuer = readCertificate(above);
    return (
      !('error' in issuer) &&
      equalBytes(issuer.subject.der, leaf.issuer.der) &&
      signedBy(leaf, issuer.publicKey.der)
    );
  });
}

/** Where the control got another chain for the same name at the same address and port, and a trusted one: both. */
export function differentAndTrusted(c: Case, hop: Hop): readonly [TlsObservation, TlsObservation][] {
  return untrustedHandshakes(c, hop).flatMap((o): [TlsObservation, TlsObservation][] => {
    const control = atControl(c.control?.tls, o);
    if (control === undefined || !sameName(o, control)) return [];
    const trusted = control.appraisal?.trusted ?? control.failure === null;
    return trusted && !sameLeaf(o, control) && !ofTheSameOrigin(o, control) ? [[o, control]] : [];
  });
}

/** How the shown leaf relates to the control's; empty where one of them was not kept or can't be read. */
export function forgeryOf(o: TlsObservation, control: TlsObservation): readonly ForgeryPoint[] {
  const [shown, origin] = [o.chain[0], control.chain[0]].map((der) => der && readCertificate(der));
  if (shown === undefined || origin === undefined || 'error' in shown || 'error' in origin) return [];
  return forgeryPoints(shown, origin, o.serverName);
}

/** Leaf of a reflector that is neither the promised key nor trusted for its name. */
export function forgedReflectorSteps(c: Case): readonly [Pair<TlsObservation>, TlsObservation][] {
  return c.tlsPairs
    .filter((p) => p.record.where === 'reflector')
    .flatMap((p) =>
      p.steps
        .filter((o): o is TlsObservation => o !== null && o.chain.length > 0)
        .filter((o) => !isGenuineReflector(c, p.record.reflector, o))
        .map((o): [Pair<TlsObservation>, TlsObservation] => [p, o]),
    );
}

/** The same authority signed both, by key where it was shown and by name where it was not. */
export function sameAuthority(a: TlsObservation, b: TlsObservation): boolean {
  const [x, y] = [a.appraisal, b.appraisal];
  if (x === null || y === null) return false;
  if (x.authoritySpkiSha256 !== null && y.authoritySpkiSha256 !== null)
    return x.authoritySpkiSha256 === y.authoritySpkiSha256;
  return x.authorityName !== null && x.authorityName === y.authorityName;
}

/** What a verdict calls the maker of a chain: an authority on record, one that borrows its name, or `unknown`. */
export function makerOf(c: Case, o: TlsObservation): string {
  return matchKnownAuthority(o, c.fingerprints.authorities)?.id ?? 'unknown';
}

/**
 * Names for which this authority's chain was shown in another's place: the target's where the control got a different and
 * trusted one at the same address, and the reflectors' own. One of each registrable name, sorted. A control that says it trusts
 * what it got and doesn't show it is not enough here: what these names accuse of is decided without its word.
 */
export function namesReplacedBy(c: Case, forged: TlsObservation): readonly string[] {
  const own = c.hops.flatMap((hop) =>
    differentAndTrusted(c, hop)
      .filter(([, control]) => control.chain.length > 0)
      .filter(([o]) => o.appraisal?.wrongName === false && sameAuthority(o, forged))
      .map(() => hop.host),
  );
  const reflectors = forgedReflectorSteps(c)
    .filter(([p, o]) => untrusted(o) && o.serverName === p.record.reflector && sameAuthority(o, forged))
    .map(([, o]) => o.serverName ?? '');
  const first = new Map<string, string>();
  for (const name of [...own, ...reflectors].sort()) {
    const registered = registrableName(name);
    if (!first.has(registered)) first.set(registered, name);
  }
  return [...first.values()];
}
