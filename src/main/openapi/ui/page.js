// Open Liberty's build of Swagger UI, with the description of this member's JSON API.
window.addEventListener("load", () => {
  SwaggerUI.SwaggerUI({
    url: "../openapi.json",
    dom_id: "#swagger",
    deepLinking: true,
  });
});
