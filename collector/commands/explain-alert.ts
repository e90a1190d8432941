import { CollectorError } from '../errors.ts';
import { explainAlert, readingContexts } from '../explain-alert.ts';
import type { Explanation } from '../explain-tools.ts';
import { publishedAlert, type PublishedAlert } from '../published-alert.ts';
import { openArchive } from '../store/sqlite/archive.ts';
import { openDerived } from '../store/sqlite/derived.ts';
import type { CommandIo, GlobalFlags } from './io.ts';

/** A command may wait for a running collector's commit; nobody else waits for the command. */
const BUSY_TIMEOUT_MS = 10_000;
/** More digits are no row of any database. */
const ALERT_ID = /^[1-9]\d{0,14}$/;
/** What the command says with its exit code. */
const FOLLOWS = 0;
const DIFFERS = 1;

function print(alert: PublishedAlert, found: Explanation, flags: GlobalFlags, io: CommandIo): void {
  const same = found.differences.length === 0;
  if (flags.json) {
    io.out(JSON.stringify({ alert, ...found, same }));
    return;
  }
  io.out(`alert ${alert.id}: ${alert.kind}, ${alert.state}, ${alert.at}`);
  for (const sentence of alert.words[flags.lang] ?? []) io.out(`  ${sentence}`);
  for (const line of found.from) io.out(`made again from ${line}`);
  for (const line of found.notes) io.out(`note: ${line}`);
  io.out(same ? 'the same follows' : 'something else follows:');
  for (const line of found.differences) io.out(`  ${line}`);
}

/**
 * `explain-alert ID`: makes the decision again from what is kept, beside a running collector too. The exit code: 0 when the
 * same follows, 1 when not. Throws USAGE, UNKNOWN_ALERT, DATA_MISSING, DATA_DAMAGED.
 */
export async function explainAlertCommand(
  id: string,
  data: string,
  flags: GlobalFlags,
  io: CommandIo,
): Promise<number> {
  if (!ALERT_ID.test(id))
    throw new CollectorError(
      'USAGE',
      `an alert’s id is a whole number, not ${JSON.stringify(id.slice(0, 80))}`,
    );
  const archive = openArchive({
    folder: data,
    mustExist: true,
    readOnly: true,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
  });
  try {
    const alert = archive.alert(Number(id));
    if (alert === null) throw new CollectorError('UNKNOWN_ALERT', `no alert ${id} in the archive`);
    const derived = openDerived({ folder: data, readOnly: true, busyTimeoutMs: BUSY_TIMEOUT_MS });
    try {
      const found = await explainAlert(alert, { archive, derived, contextOf: readingContexts(archive) });
      print(publishedAlert(alert), found, flags, io);
      return found.differences.length === 0 ? FOLLOWS : DIFFERS;
    } finally {
      await derived.close();
    }
  } finally {
    archive.close();
  }
}
