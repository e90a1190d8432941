/** Probabilities of k of n, in natural logarithms, so that large groups don't underflow. */

/** Lanczos' approximation with g = 7 and nine terms (Godfrey): error below 1e-13 for arguments above 0.5. */
const LANCZOS_G = 7;
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
] as const; // prettier-ignore

/** ln Γ(x), x > 0. */
export function lnGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  const z = x - 1;
  const sum = LANCZOS.reduce((total, term, i) => total + (i === 0 ? term : term / (z + i)), 0);
  const t = z + LANCZOS_G + 0.5;
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

const lnChoose = (n: number, k: number): number => lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1);
const lnBeta = (a: number, b: number): number => lnGamma(a) + lnGamma(b) - lnGamma(a + b);
/** 0 · ln 0 is 0: an outcome that can't be and is not seen weighs nothing. */
const timesLn = (count: number, share: number): number => (count === 0 ? 0 : count * Math.log(share));

/** ln of the probability of exactly k of n, each with this share. */
export function lnBinomial(k: number, n: number, share: number): number {
  return lnChoose(n, k) + timesLn(k, share) + timesLn(n - k, 1 - share);
}

/** The same where the share itself is drawn from Beta(alpha, beta). */
export function lnBetaBinomial(k: number, n: number, alpha: number, beta: number): number {
  return lnChoose(n, k) + lnBeta(alpha + k, beta + n - k) - lnBeta(alpha, beta);
}
