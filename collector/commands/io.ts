/** Where commands write: results to stdout, everything else to stderr. Tests pass their own. */
export interface CommandIo {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

export interface GlobalFlags {
  readonly lang: 'kk' | 'ru' | 'en';
  readonly json: boolean;
  readonly debug: boolean;
}
