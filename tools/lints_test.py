"""The lints find the faults they look for, and let the allowed shapes pass."""

import unittest

import check_layers
import check_sizes
import lint_coroutines


class CoroutineLint(unittest.TestCase):
    def findings(self, code):
        return list(lint_coroutines.lint("x.cpp", code))

    def test_allowed_shapes_pass(self):
        for code in (
            "co_await f(x);",
            "auto r = co_await f(x);",
            "co_return co_await f(g(), \"{\");",
            "switch (a) { case A::b: co_await f(x); break; default: co_await g(); }",
            "auto const& r = co_await (*session)->get(last, 10);",
            "// if (co_await f()) comment\nx();",
        ):
            self.assertEqual(self.findings(code), [], code)

    def test_miscompiled_shapes_are_found(self):
        for code in (
            "if (co_await f()) co_return 1;",
            "while (co_await f()) {}",
            "co_await f({.a = s});",
            "co_await f(Options{});",
            "co_await f([x] { return x; });",
            "auto r = c ? co_await f() : T();",
            "Options o{.a = co_await f()};",
            "auto r = co_await f(co_await g());",
            "co_await f(due ? *due - now : kForever);",
            "return co_await f();",
        ):
            self.assertEqual(len(self.findings(code)), 1, code)

    def test_line_number(self):
        self.assertTrue(self.findings("x();\n\nif (co_await f()) y();")[0].startswith("x.cpp:3:"))


class LayerLint(unittest.TestCase):
    def findings(self, path, *includes):
        return list(check_layers.lint(path, "\n".join(f"#include {i}" for i in includes)))

    def test_downwards_passes(self):
        self.assertEqual(self.findings("src/client/client.cpp", '"protocol/wire/codec.hpp"', "<vector>"), [])

    def test_upwards_is_found(self):
        self.assertEqual(len(self.findings("src/protocol/codec.cpp", '"client/x.hpp"')), 1)

    def test_rooms_within_a_room(self):
        self.assertEqual(self.findings("src/protocol/machines/a.cpp", '"protocol/wire/codec.hpp"'), [])
        self.assertEqual(len(self.findings("src/protocol/wire/a.cpp", '"protocol/machines/retry_machine.hpp"')), 1)

    def test_public_names_outside_of_the_version_are_found(self):
        self.assertEqual(len(list(check_layers.lint_namespaces("src/a.cpp", "namespace scaleset::async {"))), 1)
        self.assertEqual(len(list(check_layers.lint_namespaces("src/a.cpp", "namespace scaleset {"))), 1)
        self.assertEqual(list(check_layers.lint_namespaces("src/a.cpp", "namespace scaleset::inline v0::async {")), [])
        self.assertEqual(list(check_layers.lint_namespaces("src/a.cpp", "namespace scaleset::client {")), [])

    def test_timers_of_asio_are_found(self):
        text = "boost::asio::steady_timer timer(executor);"
        self.assertEqual(len(list(check_layers.lint_timers("src/client/a.cpp", text))), 1)
        self.assertEqual(list(check_layers.lint_timers("src/base/loop_timer.cpp", text)), [])
        self.assertEqual(list(check_layers.lint_timers("src/http/curl_lane.hpp", text)), [])

    def test_simulator_never_sees_the_protocol(self):
        self.assertEqual(len(self.findings("src/simulator/front/a.cpp", '"protocol/codec.hpp"')), 1)
        self.assertEqual(len(self.findings("src/simulator/front/a.cpp", '"http/curl_transport.hpp"')), 1)

    def test_the_simulators_rooms_have_an_order(self):
        handler = '"simulator/front/github/sessions.hpp"'
        self.assertEqual(self.findings("src/simulator/front/routes.cpp", handler), [])
        self.assertEqual(self.findings("src/simulator/front/effects/a.cpp", handler), [])
        self.assertEqual(len(self.findings("src/simulator/front/parts/a.cpp", handler)), 1)
        self.assertEqual(len(self.findings("src/simulator/front/github/a.cpp", '"simulator/front/front.hpp"')), 1)
        self.assertEqual(len(self.findings("src/simulator/model/a.cpp", handler)), 1)
        self.assertEqual(self.findings("src/simulator/model/a_test.cpp", handler), [])

    def test_reserved_libraries(self):
        self.assertEqual(len(self.findings("src/client/a.cpp", "<curl/curl.h>")), 1)
        self.assertEqual(len(self.findings("src/fleet/a.cpp", "<boost/asio/awaitable.hpp>")), 1)
        self.assertEqual(self.findings("src/http/a.cpp", "<curl/curl.h>", "<boost/asio/awaitable.hpp>"), [])

    def test_blocking_headers_stay_free_of_boost(self):
        self.assertEqual(len(self.findings("include/scaleset/client.hpp", '"scaleset/async/client.hpp"')), 1)
        self.assertEqual(self.findings("include/scaleset/async/client.hpp", "<boost/asio/awaitable.hpp>"), [])


class SizeLint(unittest.TestCase):
    def test_long_function_is_found(self):
        body = "\n".join(["void f() {"] + ["  x();"] * 100 + ["}"])
        self.assertEqual(len(list(check_sizes.lint("x.cpp", body))), 1)

    def test_long_file_is_found(self):
        self.assertEqual(len(list(check_sizes.lint("x.cpp", "int x;\n" * 501))), 1)

    def test_namespaces_are_no_functions(self):
        body = "\n".join(["namespace a {"] + ["int f(int x);"] * 100 + ["}"])
        self.assertEqual(list(check_sizes.lint("x.cpp", body)), [])

    def test_tables_are_no_functions(self):
        body = "\n".join(["constexpr auto kRows = std::to_array<Row>({"] + ["    {f(1)},"] * 100 + ["});"])
        self.assertEqual(list(check_sizes.lint("x.cpp", body)), [])

    def test_a_long_lambda_is_found(self):
        body = "\n".join(["auto f = [](int x) {"] + ["  x();"] * 100 + ["};"])
        self.assertEqual(len(list(check_sizes.lint("x.cpp", body))), 1)


if __name__ == "__main__":
    unittest.main()
