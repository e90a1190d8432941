/** What `kuager doctor` found, in words: known interceptors first, what they mean and how to be rid of them. */
import { doctorMessage, type DoctorMessageId } from '../../shared/i18n/doctor.ts';
import { fold } from '../../shared/i18n/fold.ts';
import { DRAFT_LANGUAGES, type Language } from '../../shared/i18n/index.ts';
import type { DeviceReport, DeviceRoot } from '../trust-store/assess.ts';
import { printable } from './print-result.ts';

const INDENT = '    ';
const MARK = '- ';
const DRAFT_NOTE = '[жоба: мәтінді қазақ тілін ана тілі ретінде білетін адам әлі тексерген жоқ]';
const DAY_CHARS = 10;
/** Removal is explained for so many of the places of one certificate. */
const MAX_PLACES = 12;

const day = (iso: string): string => iso.slice(0, DAY_CHARS);

function headOf(root: DeviceRoot): DoctorMessageId {
  if (root.kind === 'imitation') return 'trusted.imitation';
  if (root.trusted === true) return 'trusted.interceptor';
  return root.trusted === null ? 'unsure.interceptor' : 'untrusted.interceptor';
}

function meaningOf(root: DeviceRoot): DoctorMessageId {
  if (root.kind === 'imitation') return 'means.imitation';
  return root.trusted === false ? 'means.untrusted' : 'means.interceptor';
}

/** `anywhere`: trusted by some store. */
function placeLine(trusted: boolean | null, anywhere: boolean | null): DoctorMessageId {
  if (trusted === true) return 'line.trusted';
  if (trusted === null) return 'line.unsure';
  return anywhere === true ? 'line.copy' : 'line.untrusted';
}

/** Lines for a terminal of so many columns. Names come from certificates: nothing in them may move the cursor. */
export function doctorLines(report: DeviceReport, language: Language, columns: number): readonly string[] {
  const say = (id: DoctorMessageId, values: Readonly<Record<string, string>> = {}): string =>
    printable(doctorMessage(language, id, values));
  const paragraph = (text: string, indent = ''): string[] =>
    fold(text, columns - indent.length).map((line) => indent + line);
  /** What follows its mark stands below the first word. */
  const item = (text: string, indent = ''): string[] =>
    fold(text, columns - indent.length - MARK.length).map(
      (line, i) => indent + (i === 0 ? MARK : ' '.repeat(MARK.length)) + line,
    );

  const facts = (root: DeviceRoot): string[] => [
    INDENT + say('line.sha256', { sha256: root.sha256 }),
    INDENT + say('line.valid', { from: day(root.notBefore), to: day(root.notAfter) }),
    ...(root.since === null
      ? []
      : [INDENT + say('line.since', { date: day(new Date(root.since).toISOString()) })]),
    ...root.stores
      .slice(0, MAX_PLACES)
      .map(({ place, trusted }) => INDENT + say(placeLine(trusted, root.trusted), { place })),
  ];
  const removal = (root: DeviceRoot): string[] => [
    INDENT + say('remove'),
    ...root.stores
      .slice(0, MAX_PLACES)
      .flatMap(({ kind, place }) => item(say(`remove.${kind}`, { place }), INDENT)),
    // What nothing trusts has read nothing.
    ...(root.trusted === false ? [] : paragraph(say('remove.after'), INDENT)),
  ];
  const serious = report.roots.filter((r) => r.kind === 'interceptor' || r.kind === 'imitation');
  const others = report.roots.filter((r) => !serious.includes(r));
  const seriousLines = serious.flatMap((root) => [
    ...paragraph(say(headOf(root), { name: root.name })),
    ...paragraph(say(meaningOf(root), { id: root.id ?? '' }), INDENT),
    ...facts(root),
    ...removal(root),
    '',
  ]);
  const otherLines = others.flatMap((root) => [
    ...item(printable(root.name)),
    ...(root.kind === 'product' ? [INDENT + say('added.product', { id: root.id ?? '' })] : []),
    ...facts(root),
  ]);
  return [
    ...(DRAFT_LANGUAGES.has(language) ? [DRAFT_NOTE] : []),
    ...seriousLines,
    ...(serious.some((r) => r.kind === 'interceptor') ? [] : paragraph(say('none.interceptor'))),
    ...(others.length === 0
      ? paragraph(say('none.added'))
      : [...paragraph(say('added.title')), ...otherLines]),
    ...(report.unread.length === 0
      ? []
      : [
          '',
          say('unread.title'),
          ...report.unread.flatMap(({ place, reason }) =>
            item(say('unread.line', { place, reason: say(`reason.${reason}`) })),
          ),
        ]),
    '',
    ...paragraph(say('read.summary', { count: String(report.read.length) })),
  ];
}
