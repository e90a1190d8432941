/** No packet leaves before the volunteer has read what it can mean and said yes. */
import { fold } from '../../shared/i18n/fold.ts';
import { askForConsent } from '../consent/ask.ts';
import { makeConsentRecord, needsConsent } from '../consent/record.ts';
import { CONSENT_VERSION, RISK_TEXTS } from '../consent/risk-text.ts';
import { readConsent, writeConsent, type ConsentTo } from '../consent/store.ts';
import { WATCH_CONSENT_VERSION, WATCH_TEXTS } from '../consent/watch-text.ts';
import { ProbeError } from '../errors.ts';
import { reasonOf } from './files.ts';
import type { RunSettings } from './run-options.ts';
import type { World } from './world.ts';

const ASKED = {
  run: { version: CONSENT_VERSION, texts: RISK_TEXTS },
  watch: { version: WATCH_CONSENT_VERSION, texts: WATCH_TEXTS },
} as const;

/** `--yes` says: I have read it (`kuager consent` shows it). Throws CONSENT_NEEDED, OUTPUT_NOT_WRITABLE. */
export async function ensureConsent(
  settings: Pick<RunSettings, 'yes' | 'language'>,
  world: World,
  to: ConsentTo = 'run',
): Promise<void> {
  const { version, texts } = ASKED[to];
  const record = await readConsent(world.stateFolder, to);
  if (!needsConsent(record, version)) return;
  if (!settings.yes) {
    if (!world.terminal.interactive)
      throw new ProbeError(
        'CONSENT_NEEDED',
        'measuring has risks: read them with `kuager consent`, then run again with --yes',
      );
    const folded = (text: string): string =>
      text
        .split('\n')
        .map((line) => fold(line, world.terminal.columns).join('\n'))
        .join('\n');
    const dialogue = {
      say: (text: string) => world.err(folded(text)),
      ask: (q: string) => world.ask(`${q} `),
    };
    if (!(await askForConsent(settings.language, dialogue, texts)))
      throw new ProbeError('CONSENT_NEEDED', 'nothing was measured');
  }
  const given = makeConsentRecord({
    version,
    language: settings.language,
    how: settings.yes ? 'flag' : 'answer',
    now: world.now(),
  });
  try {
    await writeConsent(world.stateFolder, given, to);
  } catch (error) {
    throw new ProbeError(
      'OUTPUT_NOT_WRITABLE',
      `${world.stateFolder}: ${reasonOf(error)}; your consent can’t be kept there, so nothing was measured`,
      { cause: error },
    );
  }
}
