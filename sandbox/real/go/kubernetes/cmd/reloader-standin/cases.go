package main

import (
	"encoding/json"
	"io"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A reloaderCase is one of sandbox/common/reloader-cases.json.
type reloaderCase struct {
	Kind            string            `json:"kind"`
	Version         string            `json:"version"`
	Args            []string          `json:"args"`
	OnlyNamespace   string            `json:"onlyNamespace"`
	Workload        map[string]string `json:"workload"`
	Template        map[string]string `json:"template"`
	Secret          map[string]string `json:"secret"`
	SecretLabels    map[string]string `json:"secretLabels"`
	NamespaceLabels map[string]string `json:"namespaceLabels"`
}

// decideCases reads cases and writes for each whether the stand-in reacts, so that a test can compare.
func decideCases(in io.Reader, out io.Writer) error {
	var cases []reloaderCase
	if err := json.NewDecoder(in).Decode(&cases); err != nil {
		return err
	}
	decided := make([]bool, 0, len(cases))
	for _, one := range cases {
		reacts, err := one.reacts()
		if err != nil {
			return err
		}
		decided = append(decided, reacts)
	}
	return json.NewEncoder(out).Encode(decided)
}

func (c reloaderCase) reacts() (bool, error) {
	options, err := parseOptions(c.Args, c.OnlyNamespace)
	if err != nil {
		return false, err
	}
	options.version = c.Version
	kind := c.Kind
	if kind == "" {
		kind = "Deployment"
	}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{
		Namespace: "apps", Name: "litellm-db-secret", Annotations: c.Secret, Labels: c.SecretLabels,
	}}
	if !options.watches(secret, c.NamespaceLabels) || options.shouldReload(kind, c.Workload, c.Template, secret) == leaves {
		return false, nil
	}
	_, isDuration := options.pause(c.Workload)
	return kind != "Deployment" || isDuration, nil
}
