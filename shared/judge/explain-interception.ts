/** What a verdict says of an interception, as plain sentences, one a fact. */
import { message, type Language } from '../i18n/index.ts';
import type { ForgeryPoint, Interception, InterceptionNote, Verdict } from '../model/index.ts';

/** Names that are written out; a page of them helps nobody. */
const MAX_NAMES = 8;
/** Longest name of an authority that is repeated: it is the interceptor's own text. Characters. */
const MAX_NAME_CHARS = 120;

/** The id on record, from the rule that decided; the verdict of another cause names none. */
function whoSentence(verdict: Verdict, i: Interception, language: Language): string {
  const { authority } = verdict;
  if (i.matchedBy === 'imitation')
    return message(language, 'interception.imitates', { authority: authority ?? i.name ?? '' });
  if (i.matchedBy !== null) {
    const matched = message(language, `interception.matched_${i.matchedBy}`);
    return message(language, 'interception.known', { authority: authority ?? i.name ?? '', matched });
  }
  const name = [...(i.name ?? '')].slice(0, MAX_NAME_CHARS).join('');
  return name === ''
    ? message(language, 'interception.unknown')
    : message(language, 'interception.unknown_named', { name });
}

function pointSentence(point: ForgeryPoint, language: Language): string {
  switch (point.point) {
    case 'dates_shifted':
      return message(language, 'interception.dates_shifted', { hours: String(point.hours) });
    case 'serial_prefix':
      return message(language, 'interception.serial_prefix', {
        equal: String(point.equal),
        of: String(point.of),
      });
    case 'extensions_gone':
      return message(language, 'interception.extensions_gone', { count: String(point.oids.length) });
    default:
      return message(language, `interception.${point.point}`);
  }
}

function triggerSentences({ trigger }: Interception, language: Language): string[] {
  return [
    ...(trigger.keyed === 'unclear' ? [] : [message(language, `interception.keyed_${trigger.keyed}`)]),
    ...(trigger.sparesUntrusted === true ? [message(language, 'interception.spares_untrusted')] : []),
  ];
}

/** The note speaks of one authority; of another it says nothing. */
function deviceSentences(i: Interception, device: InterceptionNote | null, language: Language): string[] {
  if (device === null || device.in_device_store === null || device.spki_sha256 !== i.spki) return [];
  const id = device.in_device_store ? 'interception.device_trusts' : 'interception.device_distrusts';
  return [message(language, id)];
}

/**
 * Who, over which names, forged how, what triggers it, and whether the device trusts it; nothing where nothing was
 * intercepted. Names come from certificates: whoever prints them must not let them move a cursor.
 * @param device What the device said of the authority (`x_interception`); null: nothing.
 */
export function explainInterception(
  verdict: Verdict,
  language: Language,
  device: InterceptionNote | null = null,
): string[] {
  // Verdicts stored by earlier versions have no such part.
  const i = verdict.interception as Interception | null | undefined;
  if (i == null) return [];
  const names = [...i.names.slice(0, MAX_NAMES), ...(i.names.length > MAX_NAMES ? ['…'] : [])];
  return [
    whoSentence(verdict, i, language),
    ...(names.length === 0 ? [] : [message(language, 'interception.names', { names: names.join(', ') })]),
    ...i.forgery.map((point) => pointSentence(point, language)),
    ...triggerSentences(i, language),
    ...deviceSentences(i, device, language),
  ];
}
