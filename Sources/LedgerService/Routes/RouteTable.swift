/// The routes of the service, found by method and path.
package struct RouteTable: Sendable {
    /// A route with what its path says.
    package struct Match {
        /// The route.
        package let route: Route
        /// The values of the parameters in the path.
        package let path: [String: String]
    }

    /// All routes, in the order in which the documentation lists them.
    package let routes: [Route]
    private let byPath: [String: [Int]]
    /// Routes whose path ends with a parameter, by what comes before it.
    private let byPrefix: [String: (parameter: String, indices: [Int])]

    /// A table of routes, whose paths have no parameter but the last part.
    init(_ routes: [Route]) {
        self.routes = routes
        var byPath: [String: [Int]] = [:]
        var byPrefix: [String: (parameter: String, indices: [Int])] = [:]
        for (index, route) in routes.enumerated() {
            guard let brace = route.path.firstIndex(of: "{") else {
                byPath[route.path, default: []].append(index)
                continue
            }
            let parameter = String(route.path[route.path.index(after: brace)...].dropLast())
            byPrefix[String(route.path[..<brace]), default: (parameter, [])].indices.append(index)
        }
        (self.byPath, self.byPrefix) = (byPath, byPrefix)
    }

    /// The route of a method and of a path as it was sent.
    ///
    /// `HEAD` finds what `GET` does. Throws `not_found` and `method_not_allowed`. O(1).
    package func match(_ method: String, _ path: String) throws(Problem) -> Match {
        let (indices, parameters) = try candidates(path)
        let asked = method == "HEAD" ? "GET" : method
        guard let index = indices.first(where: { routes[$0].method == asked }) else {
            let methods = indices.map { routes[$0].method }
            throw Problem(
                .methodNotAllowed,
                "\(path) has no \(method), but \(methods.joined(separator: ", "))",
                allowedMethods: methods
            )
        }
        return Match(route: routes[index], path: parameters)
    }

    private func candidates(_ path: String) throws(Problem) -> (indices: [Int], parameters: [String: String]) {
        if let indices = byPath[path] { return (indices, [:]) }
        if let slash = path.lastIndex(of: "/") {
            let last = path.index(after: slash)
            if last < path.endIndex, let (parameter, indices) = byPrefix[String(path[..<last])] {
                guard let value = PercentEncoding.decodedPath(path[last...].utf8) else {
                    throw Problem(.invalidParameter, "the path has a percent encoding that is no UTF-8")
                }
                return (indices, [parameter: value])
            }
        }
        throw Problem(.notFound, "there is nothing at \(path); /openapi.json lists what there is")
    }
}
