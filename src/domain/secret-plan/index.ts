export { howToAnswer } from './answers.ts';
export {
  describePlace,
  placesOfPlan,
  secretsOfPlan,
  type PasswordAt,
  type PlannedChange,
  type SecretPlaces,
  type SecretPlan,
  type UntouchedPlace,
} from './plan.ts';
export { planSecrets } from './plan-secrets.ts';
export { loginCandidates, type Known, type LoginCandidate } from './read-secrets.ts';
export { isRefused, passwordAtPlace, writePlaces } from './write-places.ts';
export { isVerifier } from './verifier.ts';
export type { CandidateSecret, ContainerEnvironment, EnvironmentVariable, SecretWorld } from './world.ts';
