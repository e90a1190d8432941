/** What is usual of a group: folded hour by hour, fitted when it is judged. */
export { foldHour } from './fold.ts';
export {
  emptyUsual,
  FOLD_DELAY_MS,
  hourOfWeek,
  leftOut,
  unlearntSilences,
  type UsualTable,
} from './usual-table.ts';
export { expectedFalse, usualAt, type UsualMisses } from './usual-fit.ts';
