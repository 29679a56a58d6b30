import SwaggerUi from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';

/** The API as its description says, to be read and tried; nothing of it comes from elsewhere. */
SwaggerUi({
  url: '../openapi.json',
  dom_id: '#reference',
  // It would ask a server of somebody else's.
  validatorUrl: null,
  defaultModelsExpandDepth: -1,
  tryItOutEnabled: true,
});
