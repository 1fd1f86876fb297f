// Package casbin answers the authorisation port by roles: Casbin decides which of
// the roles that a caller holds permits what, and to what extent.
//
// It needs a tenancy.Directory, which tells from memory which roles there are and
// who holds them, and it calls nobody else. Each tenant has a small enforcer of
// its own, made when it is first asked for and again when the tenant's roles have
// changed. Bindings are not in it: a caller's roles go into each question, so that
// a binding costs no memory there and is effective at once. Answers are kept for
// as long as the directory's epoch stands.
//
// It promises that
//   - a caller of a tenant never holds a system role, whatever binds it;
//   - a user that the directory does not know holds the roles that its credentials
//     carry and no others, and a tenant that it does not know has no users;
//   - a refusal wraps authz.ErrDenied and names the permission that is missing, and
//     nothing else. While the directory was never read the error is ErrNotLoaded.
//
// Roles also come from here: [BuiltIn] are those that are shipped, and [FileRoles]
// those of a file, which is read again when it changes. Both have Casbin's own CSV
// form; [ParseRoles] describes it.
package casbin
