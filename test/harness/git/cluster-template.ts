/* How a repository of the cluster-template family makes its manifests. */

export const TASKFILE = `version: "3"
tasks:
  configure:
    prompt: Any conflicting files in kubernetes will be overwritten. Continue?
    preconditions:
      - sh: test -f age.key
        msg: age.key is missing
    cmds:
      - makejinja
      - for f in $(find kubernetes -name '*.sops.yaml'); do grep -q '^sops:' "$f" || sops encrypt --in-place "$f"; done
    env:
      SOPS_AGE_KEY_FILE: "{{.ROOT_DIR}}/age.key"
`;

export const MAKEJINJA = `[makejinja]
inputs = ["./templates"]
output = "./"
data = ["./cluster.yaml"]
force = true
undefined = "strict"
jinja_suffix = ".j2"
[makejinja.delimiter]
block_start = "#%"
block_end = "%#"
comment_start = "#|"
comment_end = "|#"
variable_start = "#{"
variable_end = "}#"
`;
