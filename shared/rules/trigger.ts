/**
 * What does an interceptor react to? One handshake is intercepted; others differ from it in one thing each. What they say is
 * counted here, and `keyed` says no more than they do. Decision record 010.
 */
import { canonicalAddress } from './address.ts';
import type { TlsObservation, TriggerAnswer, TriggerMap, TriggerQuestion } from '../model/index.ts';
import { TRIGGER_QUESTIONS } from '../model/index.ts';
import type { Case, Hop, Pair } from './case.ts';
import { endedInChain, samePlace } from './chain-again.ts';
import {
  differentAndTrusted,
  forgedReflectorSteps,
  sameAtControl,
  sameAuthority,
  untrustedHandshakes,
} from './interception-facts.ts';
import { matchKnownAuthority } from './known-authority.ts';
import { isGenuineReflector } from './predicates.ts';

/** With fewer handshakes of the target's name at one place, all forged, it may be one connection in two all the same. */
const TARGET_HANDSHAKES = 3;

const isV6 = (address: string): boolean => address.includes(':');

/** An authority on record by its key; two of its intermediates are one maker. */
function onRecord(c: Case, o: TlsObservation): string | null {
  const match = matchKnownAuthority(o, c.fingerprints.authorities);
  return match === null || match.by === 'imitation' ? null : match.id;
}

function sameMaker(c: Case, a: TlsObservation, b: TlsObservation): boolean {
  if (sameAuthority(a, b)) return true;
  const known = onRecord(c, a);
  return known !== null && known === onRecord(c, b);
}

/**
 * The handshake with the target's name, one of the hop's own or of the further ones, that an interceptor answered: by an
 * authority on record; or the control got another, trusted chain there; or a reflector's was replaced by the same authority.
 */
export function interceptedHandshake(c: Case, hop: Hop): TlsObservation | null {
  const shown = untrustedHandshakes(c, hop).filter((o) => !sameAtControl(c, o));
  const known = shown.find((o) => onRecord(c, o) !== null);
  const replaced = differentAndTrusted(c, hop)[0]?.[0];
  const atReflector = (): TlsObservation | undefined => {
    const forged = forgedReflectorSteps(c).map(([, o]) => o);
    return shown.find((o) => forged.some((step) => sameAuthority(o, step)));
  };
  return known ?? replaced ?? atReflector() ?? null;
}

/** One handshake's answer to a question; `pair`: null for the target's own. */
interface Answer {
  readonly question: TriggerQuestion;
  readonly o: TlsObservation;
  readonly pair: Pair<TlsObservation> | null;
}

/** Where else than at `met` the target's name was said. */
function elsewhere(met: TlsObservation, o: TlsObservation): TriggerQuestion {
  if (samePlace(met, o)) return 'target_again';
  if (canonicalAddress(met.address) === canonicalAddress(o.address)) return 'other_port_here';
  return isV6(met.address) === isV6(o.address) ? 'sibling_address' : 'other_family';
}

/** Addresses that anybody gave for the hop's name. */
export function addressesOf(c: Case, hop: Hop): readonly string[] {
  const control = c.control?.dns.hostname === hop.host ? c.control.dns.addresses : [];
  return [...new Set([...hop.dns.flatMap((o) => o.addresses), ...control].map(canonicalAddress))];
}

/** Which questions the steps of a pair answer: the suspicious step's, and the innocuous ones'. */
function answersOf(c: Case, hop: Hop, met: TlsObservation, pair: Pair<TlsObservation>): Answer[] {
  const { kind } = pair.record;
  const all = (question: TriggerQuestion, steps: readonly (TlsObservation | null)[]): Answer[] =>
    steps.filter(endedInChain).map((o) => ({ question, o, pair }));
  const here = (answers: readonly Answer[]): Answer[] => answers.filter(({ o }) => samePlace(met, o));
  switch (kind) {
    case 'tls.chain_at_address':
    case 'tls.sni_at_address':
      return here([
        ...all('target_again', [pair.suspect]),
        ...all('innocuous_name_here', [pair.before, pair.after]),
      ]);
    case 'tls.chain_again':
      return pair.steps.filter(endedInChain).map((o) => ({ question: elsewhere(met, o), o, pair }));
    case 'tls.chain_without_name':
      return here(all('no_name_here', pair.steps));
    case 'tls.chain_other_protocol':
      return here(all('other_protocol_here', pair.steps));
    case 'tls.chain_other_port':
      return all('other_port_here', pair.steps).filter(({ o }) => elsewhere(met, o) === 'other_port_here');
    case 'tls.chain_at_sibling':
    case 'tls.chain_other_family':
      return pair.steps
        .filter(endedInChain)
        .filter((o) => addressesOf(c, hop).includes(canonicalAddress(o.address)))
        .map((o) => ({ question: elsewhere(met, o), o, pair }));
    case 'tls.chain_at_reflector':
    case 'tls.sni_at_reflector':
      return [
        ...all('target_at_reflector', [pair.suspect]),
        ...all('innocuous_at_reflector', [pair.before, pair.after]),
      ];
    case 'tls.chain_at_self_signed':
      return all('target_at_self_signed', [pair.suspect]);
    default:
      return [];
  }
}

/** A chain that nobody in between can have made: one that leads to a root, or a reflector's own. */
function isGenuine(c: Case, { o, pair }: Answer): boolean {
  if (o.appraisal?.pathToRoot === true) return true;
  return pair?.record.where === 'reflector' && isGenuineReflector(c, pair.record.reflector, o);
}

/** What the answers to one question come to. */
interface Tally {
  readonly of: number;
  readonly forged: number;
  /** Of the rest, those that are surely somebody else's than the interceptor's: a site's own odd chain is neither. */
  readonly genuine: number;
  /** Of these, those that browsers trust. */
  readonly trusted: number;
  readonly counterfactuals: readonly string[];
}

function tally(c: Case, met: TlsObservation, answers: readonly Answer[]): Tally {
  const genuine = answers.filter((a) => isGenuine(c, a));
  const forged = answers.filter((a) => !genuine.includes(a) && sameMaker(c, a.o, met));
  return {
    of: answers.length,
    forged: forged.length,
    genuine: genuine.length,
    trusted: genuine.filter(({ o }) => o.appraisal?.pathToRoot === true).length,
    counterfactuals: [...new Set(answers.flatMap(({ pair }) => pair?.record.id ?? []))].sort(),
  };
}

const always = (t: Tally): boolean => t.of > 0 && t.forged === t.of;
/** The target's name is forged each time, as far as a few handshakes can tell. */
const alwaysHere = (of: Tallies): boolean =>
  always(of('target_again')) && of('target_again').of >= TARGET_HANDSHAKES;
const never = (t: Tally): boolean => t.of > 0 && t.genuine === t.of;

type Tallies = (question: TriggerQuestion) => Tally;

/**
 * What somebody forges every time he may be asked about; who forges now and then leaves everything open that he did not
 * forge. At a reflector only the name changes between one step and the next.
 */
function keyedBy(of: Tallies): TriggerMap['keyed'] {
  const [innocuousHere, noName] = [of('innocuous_name_here'), of('no_name_here')];
  const [target, innocuous] = [of('target_at_reflector'), of('innocuous_at_reflector')];
  // A reflector's own name may be on a list too: any other name has to be forged beside it.
  if (innocuous.forged > 0 && innocuousHere.forged + noName.forged > 0)
    return innocuous.genuine + innocuousHere.genuine + noName.genuine + target.genuine === 0
      ? 'everything'
      : 'unclear';
  if (!alwaysHere(of)) return 'unclear';
  if (always(target) && never(innocuous) && innocuousHere.forged + noName.forged === 0) return 'sni';
  // A reflector without a trusted certificate may be spared for that.
  const spared = never(target) && target.trusted === target.of && innocuous.forged === 0;
  return always(innocuousHere) && always(noName) && spared ? 'address' : 'unclear';
}

function sparesUntrusted(of: Tallies): boolean | null {
  const [trusted, selfSigned] = [of('target_at_reflector'), of('target_at_self_signed')];
  if (selfSigned.forged > 0) return false;
  const { genuine, trusted: shown } = of('innocuous_at_reflector');
  // Its trusted port was one that browsers trust, as far as it was seen, and the other one is not.
  const unlike = genuine === shown && selfSigned.trusted === 0;
  return alwaysHere(of) && always(trusted) && never(selfSigned) && unlike ? true : null;
}

/** All answers of one hop; without an interceptor's chain there are none. */
export function triggerMapOf(c: Case, hop: Hop): TriggerMap {
  const met = interceptedHandshake(c, hop);
  if (met === null) return { keyed: 'unclear', sparesUntrusted: null, answers: [] };
  const own = hop.tls
    .filter((o) => endedInChain(o) && !o.splitClientHello)
    .map((o): Answer => ({ question: elsewhere(met, o), o, pair: null }));
  const pairs = c.tlsPairs.filter(({ record }) => record.suspect === hop.host);
  const answers = [...own, ...pairs.flatMap((pair) => answersOf(c, hop, met, pair))];
  const of: Tallies = (question) =>
    tally(
      c,
      met,
      answers.filter((a) => a.question === question),
    );
  return {
    keyed: keyedBy(of),
    sparesUntrusted: sparesUntrusted(of),
    answers: TRIGGER_QUESTIONS.map((question): TriggerAnswer => {
      const { forged, of: made, counterfactuals } = of(question);
      return { question, forged, of: made, counterfactuals };
    }).filter((answer) => answer.of > 0),
  };
}
