/** An absolute URL under the collector's base, whose own path is kept. */
export function collectorEndpoint(base: string, path: string): string {
  return new URL(path, base.endsWith('/') ? base : `${base}/`).href;
}
