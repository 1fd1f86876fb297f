// Shows the document that the page names. Its requests go to the gateway that the
// page itself came from, by whatever name and path that was reached.
'use strict';

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
