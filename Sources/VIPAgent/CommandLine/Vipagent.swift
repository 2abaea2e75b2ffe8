import ArgumentParser

@main
struct Vipagent: ParsableCommand {
}
