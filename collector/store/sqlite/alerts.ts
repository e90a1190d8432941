/** The alerts' part of the archive. */
import type { Database } from 'better-sqlite3';
import type { Alert, AlertStore, NewAlert } from '../interception.ts';
import type { Statements } from './statements.ts';

export function createAlertStore(db: Database, sql: Statements): AlertStore {
  const latest = (kind: string, subject: string): Alert | null =>
    (sql.get('latestAlert').get({ kind, subject }) as Alert | undefined) ?? null;
  const insert = db.transaction((alert: NewAlert): Alert => {
    const before = latest(alert.kind, alert.subject);
    const opens = alert.state === 'withdrawn' ? (before?.id ?? null) : null;
    const { lastInsertRowid } = sql.get('insertAlert').run({ ...alert, opens });
    return { ...alert, opens, id: Number(lastInsertRowid) };
  });
  return {
    appendAlert: (alert) => insert.immediate(alert),
    latestAlert: latest,
    alerts: (kind, page) => sql.get('alerts').all({ kind, ...page }) as Alert[],
    alertCount: (kind) => (sql.get('alertCount').get({ kind }) as { count: number }).count,
    openSubjects: (kind) =>
      (sql.get('openSubjects').all({ kind }) as { subject: string }[]).map((row) => row.subject),
  };
}
