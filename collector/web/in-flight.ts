/** Requests that are under way, all together and by subscriber: one of them must not take everybody's places. */
export interface InFlight {
  /** False: no place is left, for this subscriber or at all. `request` holds the place until it is released. */
  take(request: object, subscriber: string): boolean;
  /** Again, or for a request that has no place: nothing happens. */
  release(request: object): void;
}

export function createInFlight(limits: { readonly total: number; readonly perSubscriber: number }): InFlight {
  const places = new Map<object, string>();
  const bySubscriber = new Map<string, number>();
  return {
    take(request, subscriber) {
      const own = bySubscriber.get(subscriber) ?? 0;
      if (places.size >= limits.total || own >= limits.perSubscriber) return false;
      places.set(request, subscriber);
      bySubscriber.set(subscriber, own + 1);
      return true;
    },
    release(request) {
      const subscriber = places.get(request);
      if (subscriber === undefined) return;
      places.delete(request);
      const left = (bySubscriber.get(subscriber) ?? 1) - 1;
      if (left === 0) bySubscriber.delete(subscriber);
      else bySubscriber.set(subscriber, left);
    },
  };
}
