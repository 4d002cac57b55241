export { placesOfPlan, secretsOfPlan, type PasswordAt, type SecretPlaces, type SecretPlan } from './plan.ts';
export { copiesIn } from './copies.ts';
export { readEnvironments } from './environment.ts';
export { planAmong, planSecrets } from './plan-secrets.ts';
export { loginCandidates } from './read-secrets.ts';
export { isRefused, passwordAtPlace, writePlaces } from './write-places.ts';
export { isVerifier } from './verifier.ts';
export type { Known } from './read-secrets.ts';
export type { ContainerEnvironment, SecretWorld } from './world.ts';
