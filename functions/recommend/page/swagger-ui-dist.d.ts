/** The package comes without types; what is used of it. */
declare module 'swagger-ui-dist/swagger-ui-es-bundle.js' {
  export default function SwaggerUi(options: {
    url: string;
    dom_id: string;
    validatorUrl: null;
    defaultModelsExpandDepth: number;
    tryItOutEnabled: boolean;
  }): void;
}

declare module 'swagger-ui-dist/swagger-ui.css';
