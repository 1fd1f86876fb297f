// Shows the document that the page names. Its requests go to the gateway that the
// page itself came from, by whatever name and path that was reached.
'use strict';

// tellExamples has the parameters of a document tell their examples in words. Else
// they would be filled in, all at once, as defaults would, and what is tried first
// would be a filter and an id that fit nothing.
const tellExamples = (spec) => {
  const find = (node) => (node.$ref ? node.$ref.split('/').slice(1).reduce((at, key) => at[key], spec) : node);
  const change = (parameter) => {
    if (parameter.$ref || !parameter.schema) {
      return;
    }
    const { example: ofSchema, default: _, ...schema } = find(parameter.schema);
    const example = parameter.example ?? Object.values(parameter.examples ?? {})[0]?.value ?? ofSchema;
    parameter.schema = schema;
    delete parameter.example;
    delete parameter.examples;
    if (example !== undefined) {
      parameter.description = `${parameter.description ?? ''}\n\nFor example \`${example}\``;
    }
  };
  Object.values(spec.components?.parameters ?? {}).forEach(change);
  for (const item of Object.values(spec.paths)) {
    for (const part of [item, ...Object.values(item)]) {
      part.parameters?.forEach(change);
    }
  }
};

(async () => {
  const place = document.getElementById('reference');
  const fail = (text) => {
    const told = document.createElement('p');
    told.className = 'page';
    told.setAttribute('role', 'alert');
    told.textContent = text;
    place.replaceChildren(told);
  };
  let spec;
  try {
    const answer = await fetch(new URL(place.dataset.document, location.href));
    if (!answer.ok) {
      fail(`The document could not be had: ${answer.status} ${answer.statusText}`);
      return;
    }
    spec = await answer.json();
  } catch (error) {
    fail(`The document could not be had: ${error.message}`);
    return;
  }
  const root = new URL(place.dataset.root, location.href);
  spec.servers = [{ url: root.href.replace(/\/$/, ''), description: 'This gateway' }];
  spec.components ??= {};
  if (!spec.components.securitySchemes) {
    spec.components.securitySchemes = {
      token: { type: 'http', scheme: 'bearer', description: 'If the gateway wants a bearer token. It stays in this page.' },
    };
    spec.security ??= [{}, { token: [] }];
  }
  tellExamples(spec);
  window.SwaggerUIBundle({
    spec,
    domNode: place,
    deepLinking: true,
    tryItOutEnabled: true,
    displayRequestDuration: true,
    defaultModelsExpandDepth: 0,
    docExpansion: 'list',
    persistAuthorization: false,
    validatorUrl: null,
  });
})();
