/** How far each channel has been told. Apart from the archive: it says what was sent, not what was known. */

export interface Progress {
  /** The last alert that the channel was told of, or that was there before it. */
  readonly alertId: number;
  /** When messages went out within the last hour, milliseconds since 1970, earliest first. */
  readonly sentAt: readonly number[];
}

export interface NotifyStore {
  /** Null: a channel that has never been there. `since`: messages sent before then are not asked for. */
  progress(channel: string, since: number): Progress | null;
  /** A new channel begins here: what was announced before it is not sent. */
  begin(channel: string, alertId: number): void;
  /** Durable when this returns: the channel has been told of everything up to this alert. */
  told(channel: string, alertId: number, sentAt: number): void;
  /** Nothing went out, and the channel goes on behind this alert. */
  skipped(channel: string, alertId: number): void;
  close(): void;
}
