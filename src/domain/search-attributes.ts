/** The product's search attributes, all of type Keyword. A value is cut to what Temporal's SQL stores keep. */
export const SEARCH_ATTRIBUTES = {
  component: 'CnpgRotatorComponent',
  /** The outcome: a rotation `rotated`, `unchanged`, `rolled-back`, `needs-attention`; a batch `rotated`, `partly`, `failed`. */
  outcome: 'CnpgRotatorOutcome',
  /** `namespace/name` of the CNPG Cluster. */
  cluster: 'CnpgRotatorCluster',
} as const;

export const MAX_KEYWORD_LENGTH = 255;
