import { join } from 'node:path';
import type { NotifyStore } from '../notify.ts';
import { openDatabase } from './open.ts';
import { loadStatements } from './statements.ts';

const FILE = 'notify.db';
const LAYOUTS = ['collector/store/sqlite/notify.sql'];
const QUERIES = 'collector/store/sqlite/notify-queries.sql';
/** Longer than any limit looks back. Milliseconds. */
const KEEP_MESSAGES_MS = 24 * 3600 * 1000;

/** Opens `notify.db` in the folder; durable after every commit, so that a crash sends the last message again at most. */
export function openNotifyStore(options: { readonly folder: string }): NotifyStore {
  const db = openDatabase({
    file: join(options.folder, FILE),
    layouts: LAYOUTS,
    synchronous: 'FULL',
    secureDelete: true,
    mustExist: false,
  });
  const sql = loadStatements(db, QUERIES);
  const told = db.transaction((channel: string, alertId: number, sentAt: number): void => {
    sql.get('advance').run({ channel, alertId });
    sql.get('insertMessage').run({ channel, sentAt });
    sql.get('forgetMessages').run({ channel, before: sentAt - KEEP_MESSAGES_MS });
  });
  return {
    progress(channel, since) {
      const row = sql.get('channel').get({ channel }) as { alertId: number } | undefined;
      if (row === undefined) return null;
      const rows = sql.get('sentAt').all({ channel, since }) as { sentAt: number }[];
      return { alertId: row.alertId, sentAt: rows.map((each) => each.sentAt) };
    },
    begin: (channel, alertId) => void sql.get('begin').run({ channel, alertId }),
    told: (channel, alertId, sentAt) => told.immediate(channel, alertId, sentAt),
    skipped: (channel, alertId) => void sql.get('advance').run({ channel, alertId }),
    close: () => void db.close(),
  };
}
